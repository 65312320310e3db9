import { run } from 'node:test'
import { spec } from 'node:test/reporters'

export interface RunTests {
  files: string[]
  concurrency: number
  /** For one file. */
  timeoutMs: number
  signal?: AbortSignal
}

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/**
 * Runs test files with Node's test runner, each in a process of its own, with its report on standard output, and ends
 * with the line `N passed, N failed, N skipped`. What was skipped is named with its reason.
 */
export async function runTests({ files, concurrency, timeoutMs, signal }: RunTests): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const skipped: string[] = []
  const stream = run({ files, concurrency, timeout: timeoutMs, signal, forceExit: true })
  stream.on('test:pass', (test) => {
    // A file without tests is reported as one that passed; only what is written as a test counts.
    if (test.details.type === 'suite' || files.some((file) => test.name.endsWith(file))) return
    if (test.skip !== undefined) skipped.push(`${test.name}: ${String(test.skip)}`)
    counts[test.skip === undefined ? 'passed' : 'skipped'] += 1
  })
  stream.on('test:fail', (test) => {
    if (test.details.type !== 'suite') counts.failed += 1
  })
  stream.compose(new spec()).pipe(process.stdout)
  await new Promise((resolve) => stream.once('end', resolve))
  // The reporter's own last lines come first.
  await new Promise((resolve) => setImmediate(resolve))
  for (const line of skipped) console.log(`skipped: ${line}`)
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts
}
