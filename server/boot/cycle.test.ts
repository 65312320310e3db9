import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { at, imageRow, machineRow, REF } from '../../tests/harness/rows.ts'
import type { MachineRow } from '../store/types.ts'
import { arm, completeFlash, flashesAgain, inventoriedAt } from './cycle.ts'
import { decide } from './decide.ts'

/** What happens to a machine, and what each network boot is offered. */
type Step = 'boot' | 'fetch' | 'inventory' | `done ${string}`

/** Offers of the boots among `steps`; each step is a second later than the one before. */
function story(mode: string, steps: Step[]): string[] {
  let machine: MachineRow = machineRow({ boot_mode: mode, bty_image_ref: REF, target_disk_serial: 'S1' })
  const offers: string[] = []
  steps.forEach((step, second) => {
    const now = at(second + 1)
    if (step === 'boot') {
      const decision = decide(machine, imageRow())
      offers.push(decision.script)
      machine = { ...machine, ...decision.changes }
    } else if (step === 'fetch') machine = { ...machine, ...arm(machine, now) }
    else if (step === 'inventory') machine = { ...machine, known_disks_at: inventoriedAt(machine, now) }
    else
      machine = { ...machine, ...completeFlash(machine, now, step.slice(5) === '-' ? null : step.slice(5)) }
  })
  return offers
}

const STORIES: [rule: string, mode: string, steps: Step[], offers: string[]][] = [
  [
    'flash-always alternates between flash and disk',
    'bty-flash-always',
    ['boot', 'fetch', 'fetch', 'done A', 'boot', 'boot', 'fetch', 'done B', 'boot', 'boot'],
    ['flash', 'local', 'flash', 'local', 'flash'],
  ],
  [
    'a crash in a later cycle of flash-always flashes again, and never boots what is half written',
    'bty-flash-always',
    ['boot', 'fetch', 'done A', 'boot', 'boot', 'fetch', 'boot', 'fetch', 'boot', 'fetch', 'done C', 'boot'],
    ['flash', 'local', 'flash', 'flash', 'flash', 'local'],
  ],
  [
    'the same for an agent that names no boot',
    'bty-flash-always',
    ['boot', 'fetch', 'done -', 'boot', 'boot', 'fetch', 'boot', 'fetch', 'done -', 'boot'],
    ['flash', 'local', 'flash', 'flash', 'local'],
  ],
  [
    'a lost answer to done, then done again, costs no second flash',
    'bty-flash-once',
    ['boot', 'fetch', 'done A', 'done A', 'boot', 'boot'],
    ['flash', 'local', 'local'],
  ],
  [
    'a done that was counted does not complete the cycle after it',
    'bty-flash-always',
    ['boot', 'fetch', 'done A', 'boot', 'boot', 'fetch', 'done A', 'boot'],
    ['flash', 'local', 'flash', 'flash'],
  ],
  [
    'flash-once that lost its power before done flashes again',
    'bty-flash-once',
    ['boot', 'fetch', 'boot', 'fetch', 'done B', 'boot', 'boot'],
    ['flash', 'flash', 'local', 'local'],
  ],
  [
    'a flash-once that is done stays done when its kernel is fetched out of turn',
    'bty-flash-once',
    ['boot', 'fetch', 'done A', 'fetch', 'boot'],
    ['flash', 'local'],
  ],
  [
    'an inventory is followed by one boot from disk',
    'bty-inventory',
    ['boot', 'fetch', 'inventory', 'boot', 'boot', 'fetch', 'boot', 'inventory', 'boot'],
    ['live', 'local', 'live', 'live', 'local'],
  ],
  [
    'an inventory that a flash takes on its way does not complete the flash',
    'bty-flash-once',
    ['boot', 'fetch', 'inventory', 'boot'],
    ['flash', 'flash'],
  ],
]
for (const [rule, mode, steps, offers] of STORIES) test(rule, () => deepEqual(story(mode, steps), offers))

for (const mode of ['ipxe-exit', 'bty-tui', 'of the past'])
  test(`${mode} never arms`, () => equal(arm(machineRow({ boot_mode: mode }), at(1)), null))

test('a clock that steps back changes no order', () => {
  const machine = machineRow({
    boot_mode: 'bty-flash-always',
    last_flashed_at: at(50),
    known_disks_at: at(40),
  })
  const armedRow = { ...machine, ...arm(machine, at(3)) }
  ok(armedRow.armed_at! > at(50), 'armed after the flash of the cycle before')
  const done = completeFlash(armedRow, at(4), null)!
  ok(done.last_flashed_at! > armedRow.armed_at!, 'completed after it was armed')
  ok(inventoriedAt(armedRow, at(4)) > armedRow.armed_at!)
})

const ONCE = { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: 'S1', labels: ['a', 'b'] }
const DONE = { ...ONCE, saw_flasher_boot: true, armed_at: at(1), last_flashed_at: at(2) }
for (const [what, change, wish, expected] of [
  ['as it is', {}, {}, true],
  ['with its labels in another order', {}, { labels: ['b', 'a', 'b'] }, true],
  ['with another label', {}, { labels: ['a'] }, false],
  ['with another drive', {}, { sanboot_drive: '0x81' }, false],
  ['in another mode', {}, { boot_mode: 'ipxe-exit' }, false],
  ['for another disk, which starts over anyway', {}, { target_disk_serial: 'S2' }, false],
  ['while it is flashed', { last_flashed_at: null }, {}, false],
  ['before its first flash', { saw_flasher_boot: false, armed_at: null }, {}, false],
  ['as flash-always', { boot_mode: 'bty-flash-always' }, { boot_mode: 'bty-flash-always' }, false],
] as const)
  test(`a finished flash-once machine that is saved ${what} is ${expected ? '' : 'not '}flashed once more for that`, () =>
    equal(
      flashesAgain(machineRow({ ...DONE, ...change }), {
        ...ONCE,
        sanboot_drive: null,
        ...wish,
        labels: [...('labels' in wish ? wish.labels : ONCE.labels)],
      }),
      expected,
    ))
