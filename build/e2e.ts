/**
 * `npm run e2e [-- NAME...]`: machines in QEMU network-boot from this server and get their disks flashed, or boot from a USB stick. A name is that of a
 * `tests/e2e/NAME.e2e.ts`; without names all of them run; `--ci` is one for each kind of firmware, one of two machines at once, and a stick without a network. Needs root, for network namespaces.
 * Ends with a line `N passed, N failed, N skipped`.
 */
import './node-version.ts'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { ensureIpxe } from './ipxe.ts'
import { ensureMedium, type Medium } from './medium.ts'
import { ensurePackages, E2E_PACKAGES } from './packages.ts'
import { runTests } from './run-tests.ts'

const CI = ['bios', 'uefi', 'pair', 'secure', 'arm64', 'stick-offline']
/** Media that a test boots, by the beginning of its name; all others boot the netboot trio. */
const MEDIA = { usb: 'usbboot-pc', stick: 'usbboot-pc', arm64: 'netboot-arm64', rpi: 'usbboot-rpi' } as const
const TEST_LIMIT_MS = 30 * 60_000

const names = globSync('tests/e2e/*.e2e.ts').map((file) => basename(file, '.e2e.ts'))
const asked = process.argv.slice(2).flatMap((name) => (name === '--ci' ? CI : [name]))
const unknown = asked.filter((name) => !names.includes(name))
if (unknown.length > 0) stop(`there is no ${unknown.join(', ')}; there are: ${names.sort().join(', ')}, --ci`)
if (process.platform !== 'linux' || process.getuid?.() !== 0)
  stop('the end-to-end tests make network namespaces: run them as root on Linux')
if (!ensurePackages(E2E_PACKAGES, console.log)) stop('the packages named above are needed')
await ensureIpxe(console.log)
const wanted = asked.length > 0 ? asked : names
for (const medium of new Set(wanted.map(mediumOf))) ensureMedium(console.log, medium)

// One file at a time: machines share the processors, and a starved guest tells nothing.
const files = wanted.map((name) => `tests/e2e/${name}.e2e.ts`)
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())
const counts = await runTests({
  files,
  concurrency: 1,
  timeoutMs: TEST_LIMIT_MS,
  signal: interruption.signal,
})
process.exitCode = counts.failed > 0 || counts.passed < files.length ? 1 : 0

function mediumOf(name: string): Medium {
  const found = Object.entries(MEDIA).find(([beginning]) => name.startsWith(beginning))
  return found?.[1] ?? 'netboot-pc'
}

function stop(why: string): never {
  console.error(why)
  process.exit(1)
}
