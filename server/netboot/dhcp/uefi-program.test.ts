import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { TraceEntry } from '../../api/index.ts'
import { uefiProgram, type UefiFacts } from './uefi-program.ts'
import { seenOf } from './seen.ts'

const FACTS: UefiFacts = { setting: 'auto', attempt: 1, refused: false, signedWorked: false }
const [snponly, ipxe, shim] = ['snponly.efi', 'ipxe.efi', 'shimx64.efi']

for (const [rule, facts, turns] of [
  [
    "at first iPXE with the firmware's driver, then its own, then what is signed",
    {},
    [snponly, ipxe, shim, snponly],
  ],
  ['after a silent refusal what is signed comes second', { refused: true }, [snponly, shim, ipxe, snponly]],
  ['what worked comes first again', { signedWorked: true }, [shim, snponly, ipxe, shim]],
  ['always: nothing but what is signed', { setting: 'always', refused: true }, [shim, shim]],
  ['never: iPXE alone', { setting: 'never', refused: true, signedWorked: true }, [snponly, ipxe, snponly]],
] as [string, Partial<UefiFacts>, string[]][])
  test(rule, () =>
    deepEqual(
      turns.map((_, i) => uefiProgram({ ...FACTS, ...facts, attempt: i + 1 })),
      turns,
    ),
  )

const entry = (step: TraceEntry['step'], about: string, minute: number): TraceEntry => ({
  at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000000+00:00`,
  step,
  text: '',
  about,
  count: 1,
})
const whole = (minute: number) => entry('tftp-done', snponly!, minute)
const script = (minute: number) => entry('http-script', 'bty-inventory', minute)
const offered = (about: string, minute: number) => entry('dhcp-offer', about, minute)

for (const [rule, entries, expected] of [
  ['nothing seen', [], [false, false, null]],
  ['fetched whole and silent', [offered(snponly!, 1), whole(2)], [true, false, null]],
  [
    'broken off in the middle',
    [offered(snponly!, 1), entry('tftp-stalled', snponly!, 2)],
    [false, false, null],
  ],
  ['fetched whole and came further', [whole(1), script(2)], [false, false, '2026-01-01T00:02']],
  [
    'a refusal after an earlier success counts',
    [whole(1), script(2), whole(3)],
    [true, false, '2026-01-01T00:02'],
  ],
  ['came to its script by shim', [whole(1), offered(shim!, 2), script(3)], [false, true, '2026-01-01T00:03']],
  [
    'came to it by iPXE the last time',
    [offered(shim!, 1), script(2), offered(snponly!, 3), script(4)],
    [false, false, '2026-01-01T00:04'],
  ],
  [
    "iPXE's own question in between does not hide how it came",
    [offered(snponly!, 1), offered('http://192.0.2.1:8080/pxe-bootstrap.ipxe', 2), script(3)],
    [false, false, '2026-01-01T00:03'],
  ],
] as [string, TraceEntry[], [boolean, boolean, string | null]][])
  test(`seen: ${rule}`, () => {
    const { refused, signedWorked, scriptAtMs } = seenOf(entries)
    deepEqual([refused, signedWorked], expected.slice(0, 2))
    equal(scriptAtMs === null ? null : new Date(scriptAtMs).toISOString().slice(0, 16), expected[2])
  })
