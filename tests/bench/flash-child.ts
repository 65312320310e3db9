/** One flash in a process of its own: `flash-child URL SHA256 DEVICE read-back|no-read-back`. Prints its peak memory in KiB. */
import '../../flasher/flash/threads.ts'
import { readFileSync } from 'node:fs'
import { flashImage } from '../../flasher/flash/flash.ts'

const [src, sha256, path, readBack] = process.argv.slice(2) as [string, string, string, string]
await flashImage(
  { src, format: null, sha256, target: { path, serial: null } },
  { signal: new AbortController().signal, verify: readBack === 'read-back' ? 'always' : 'never' },
)
const status = readFileSync('/proc/self/status', 'utf8')
console.log(/VmHWM:\s+(\d+) kB/.exec(status)![1])
