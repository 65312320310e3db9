/**
 * `npm test [-- pattern...]`: installs the Debian packages that the tests use, builds what they test, runs them all and
 * ends with a line `N passed, N failed, N skipped`. A pattern is a part of a test file's path.
 */
import './node-version.ts'
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { ensurePackages, TEST_PACKAGES } from './packages.ts'
import { buildForTests } from './prepare.ts'

const ROOMS = '{build,electron,flasher,media,renderer,server,tests}'
const patterns = process.argv.slice(2)
const files = globSync(`${ROOMS}/**/*.test.ts`, { exclude: (name) => name.includes('node_modules') })
  .filter((file) => patterns.length === 0 || patterns.some((p) => file.includes(p)))
  .sort()

ensurePackages(TEST_PACKAGES, console.log)
await buildForTests(console.log)

const stream = run({ files, concurrency: 2, timeout: 10 * 60_000, forceExit: true })
const counts = { passed: 0, failed: 0, skipped: 0 }
const skipped: string[] = []
stream.on('test:pass', (test) => {
  // A file is reported as a test of its own when it holds several; only what is written as a test counts.
  if (test.details.type === 'suite' || files.some((file) => test.name.endsWith(file))) return
  if (test.skip !== undefined) skipped.push(`${test.name}: ${String(test.skip)}`)
  counts[test.skip === undefined ? 'passed' : 'skipped'] += 1
})
stream.on('test:fail', (test) => {
  if (test.details.type !== 'suite') counts.failed += 1
})
stream.compose(new spec()).pipe(process.stdout)

stream.once('end', () => {
  // The summary comes after the reporter has written its own last lines.
  setImmediate(() => {
    for (const line of skipped) console.log(`skipped: ${line}`)
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    const skipsAreFailures = process.env['CI'] === 'true' && counts.skipped > 0
    if (skipsAreFailures) console.log('with CI=true nothing may be skipped')
    process.exitCode = counts.failed > 0 || counts.passed === 0 || skipsAreFailures ? 1 : 0
  })
})
