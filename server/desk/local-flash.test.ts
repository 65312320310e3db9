import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { FlashProgress } from '../../flasher/flash/progress.ts'
import type { TargetFate } from '../../flasher/helper/messages.ts'
import type { z } from 'zod/mini'
import { LocalFlash } from '../api/index.ts'
import { advanced, begun, broken, ended } from './local-flash.ts'

const target = (path: string) => ({
  path,
  serial: null,
  size_bytes: 1,
  wwn: null,
  bus_path: null,
  allow_member: false,
})
const FLASH = begun(
  '1',
  'debian',
  [target('/dev/sdb'), target('/dev/sdc')],
  new Map([['/dev/sdb', 'Stick']]),
  '2026-11-24T20:00:00.000Z',
)
const END = '2026-11-24T20:01:00.000Z'

const progress = (phase: FlashProgress['phase'], more: Partial<FlashProgress> = {}): FlashProgress => ({
  phase,
  bytesRead: 10,
  bytesReadTotal: 100,
  bytesWritten: 5,
  bytesWrittenTotal: 50,
  rates: { read: 1, written: 2, verified: 0 },
  waiting: ['for the origin'],
  resuming: null,
  targets: [
    {
      path: '/dev/sdb',
      phase,
      bytesWritten: 5,
      bytesVerified: 1,
      bytesVerifiedTotal: null,
      rate: 2,
      error: null,
    },
    {
      path: '/dev/sdc',
      phase: 'failed',
      bytesWritten: 3,
      bytesVerified: 0,
      bytesVerifiedTotal: null,
      rate: 0,
      error: 'gone',
    },
  ],
  ...more,
})

const fate = (path: string, more: Partial<z.infer<typeof TargetFate>> = {}): z.infer<typeof TargetFate> => ({
  path,
  ok: true,
  state: 'written',
  sizeBytes: 50,
  verified: true,
  error: null,
  notes: [],
  ...more,
})

test('a flash begins with every target waiting, by its model where that is known', () => {
  deepEqual(
    FLASH.targets.map(({ path, model, phase }) => [path, model, phase]),
    [
      ['/dev/sdb', 'Stick', 'download'],
      ['/dev/sdc', null, 'download'],
    ],
  )
  equal(LocalFlash.safeParse(FLASH).success, true)
})

test('a sample moves each target on its own', () => {
  const now = advanced(FLASH, progress('write'))
  deepEqual(
    now.targets.map(({ phase, bytes_written, error }) => [phase, bytes_written, error]),
    [
      ['write', 5, null],
      ['failed', 3, 'gone'],
    ],
  )
  deepEqual([now.bytes_read, now.waiting], [10, ['for the origin']])
})

test('a download that goes on after a cut is told before what is waited for', () => {
  const resuming = { text: 'cut', position: 12 * 1024 * 1024, attempt: 2, attempts: 9, pauseMs: 1000 }
  deepEqual(advanced(FLASH, progress('write', { resuming })).waiting, [
    'connection lost, resuming at 12.0 MiB (2nd attempt)',
    'for the origin',
  ])
})

test('what is read back does not count as read from the source', () =>
  equal(advanced(advanced(FLASH, progress('write')), progress('verify', { bytesRead: 1 })).bytes_read, 10))

const ends: [
  rule: string,
  fates: ReturnType<typeof fate>[],
  cancelled: boolean,
  status: string,
  error: string | null,
][] = [
  ['all written', [fate('/dev/sdb'), fate('/dev/sdc')], false, 'completed', null],
  ['written in spite of a late cancel', [fate('/dev/sdb'), fate('/dev/sdc')], true, 'completed', null],
  [
    'one failed',
    [
      fate('/dev/sdb'),
      fate('/dev/sdc', { ok: false, state: 'empty', error: { code: 'device', text: 'gone' } }),
    ],
    false,
    'failed',
    'gone',
  ],
  [
    'cancelled',
    [
      fate('/dev/sdb', {
        ok: false,
        state: 'empty',
        error: { code: 'cancelled', text: 'the flash was cancelled' },
      }),
    ],
    true,
    'cancelled',
    null,
  ],
]
for (const [rule, targets, cancelled, status, error] of ends)
  test(`ended: ${rule}`, () => {
    const end = ended(FLASH, { ok: targets.every(({ ok }) => ok), targets }, END, cancelled)
    deepEqual([end.status, end.error, end.finished_at], [status, error, END])
    equal(LocalFlash.safeParse(end).success, true)
  })

test('a flash that was lost leaves a written disk unknown and an untouched one untouched', () => {
  const lost = broken(
    advanced(FLASH, progress('write', { targets: [progress('write').targets[0]!] })),
    'died',
    END,
    'failed',
  )
  deepEqual(
    lost.targets.map(({ state, error }) => [state, error]),
    [
      ['unknown', 'died'],
      ['untouched', 'died'],
    ],
  )
})
