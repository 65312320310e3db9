/**
 * One flash in a process of its own: `flash-child URL SHA256|- VERIFY DEVICE...`. Prints its peak memory in KiB; with
 * BTY_BENCH_RECORD also the record, to standard error.
 */
import '../../flasher/flash/threads.ts'
import { readFileSync } from 'node:fs'
import type { Verify } from '../../flasher/flash/outcome.ts'
import { flashTargets } from '../../flasher/flash/targets.ts'

const [src, sha256, verify, ...paths] = process.argv.slice(2) as [string, string, Verify, ...string[]]
const { ok, targets, record } = await flashTargets(
  {
    src,
    format: null,
    sha256: sha256 === '-' ? null : sha256,
    targets: paths.map((path) => ({ path, serial: null })),
  },
  { signal: new AbortController().signal, verify },
)
if (process.env['BTY_BENCH_RECORD'] !== undefined)
  console.error(JSON.stringify({ ...record, samples: undefined }))
for (const { error } of targets) if (error !== null) console.error(error.message)
if (!ok) process.exitCode = 1
const status = readFileSync('/proc/self/status', 'utf8')
console.log(/VmHWM:\s+(\d+) kB/.exec(status)![1])
