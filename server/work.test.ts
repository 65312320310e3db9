import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalFlash, ProgressView, SeenClient } from './api/index.ts'
import { begunBurn } from './desk/burn.ts'
import { workOf } from './work.ts'

const NOW = Date.parse('2026-11-25T05:00:00Z')
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()
const client = (step: SeenClient['last']['step'], seconds: number): SeenClient => ({
  mac: '52:54:00:00:00:01',
  last_at: ago(seconds),
  firmware: null,
  last: { at: ago(seconds), step, text: '', count: 1 },
})
const progress = (phase: ProgressView['phase'], seconds: number) =>
  ({ phase, updated_at: ago(seconds) }) as ProgressView

const machines: [what: string, client: SeenClient, progress: ProgressView | null, count: number][] = [
  ['a machine that has just fetched its program is under way', client('tftp-done', 3), null, 1],
  ['one that has been quiet for two minutes is not', client('tftp-done', 120), null, 0],
  ['one that got no answer is not', client('dhcp-ignored', 3), null, 0],
  ['one that is being written is', client('http-image', 600), progress('write', 1), 1],
  ['one whose agent fell silent is not', client('http-image', 600), progress('write', 120), 0],
  ['one that is flashed is not', client('agent', 2), progress('done', 2), 0],
  ['one that boots again after a flash is', client('dhcp-offer', 2), progress('done', 60), 1],
]
for (const [what, seen, reported, count] of machines)
  test(what, () => equal(workOf({ flashes: [], burns: [] }, [seen], () => reported, NOW).machines, count))

const flash = (status: LocalFlash['status'], ...targets: Partial<LocalFlash['targets'][number]>[]) =>
  ({ image: 'a.img', status, bytes_written_total: 200, targets }) as LocalFlash
const flashes: [what: string, flash: LocalFlash, percent: (number | null)[]][] = [
  ['a flash that ended is no work', flash('completed', { phase: 'done' }), []],
  [
    'the slowest drive counts',
    flash('running', { phase: 'write', bytes_written: 150 }, { phase: 'write', bytes_written: 50 }),
    [25],
  ],
  [
    'reading back counts anew',
    flash('running', { phase: 'verify', bytes_verified: 9, bytes_verified_total: 10 }),
    [90],
  ],
  [
    'a total that nobody knows gives no percentage',
    flash('running', { phase: 'verify', bytes_verified: 9, bytes_verified_total: null }),
    [null],
  ],
  [
    'a failed drive holds nothing back',
    flash('running', { phase: 'failed' }, { phase: 'write', bytes_written: 100 }),
    [50],
  ],
]
for (const [what, one, expected] of flashes)
  test(what, () =>
    deepEqual(
      workOf({ flashes: [one], burns: [] }, [], () => null, NOW).flashes.map(({ percent }) => percent),
      expected,
    ),
  )

test('a burn of sticks counts like a flash, and nobody knows how far it is', () => {
  const target = { path: '/dev/sdb', serial: null, size_bytes: 1, update: false }
  const burn = begunBurn(
    '1',
    'stick.iso',
    [],
    [{ ...target, wwn: null, bus_path: null, allow_member: false }],
    new Map(),
    '',
  )
  deepEqual(
    workOf({ flashes: [], burns: [burn, { ...burn, status: 'completed' }] }, [], () => null, NOW).flashes,
    [{ image: 'stick.iso', drives: 1, percent: null }],
  )
})
