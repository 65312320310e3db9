import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import type { MachineView } from '../../server/api/index.ts'
import { labelsAfter, planOf, type Wish } from './bulk.ts'
import { aMachine } from './fixture.ts'
import { words } from './words.ts'

const REF = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
const sixteen = Array.from({ length: 16 }, (_, n) => `l${n}`)
const flash: Wish = { verb: 'assign', boot_mode: 'bty-flash-once', bty_image_ref: REF }
const exit: Wish = { verb: 'assign', boot_mode: 'ipxe-exit', bty_image_ref: null }
const rearm: Wish = { verb: 'rearm' }

type Outcome = { sent?: object | null; left?: string; same?: true; overwrites?: number }
const cases: [rule: string, part: Partial<MachineView>, wish: Wish, outcome: Outcome][] = [
  [
    'flashing takes the disk that is chosen',
    { target_disk_serial: 'S1', labels: ['x'] },
    flash,
    {
      sent: { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: 'S1', labels: ['x'] },
      overwrites: 1,
    },
  ],
  ['without a disk nothing is flashed', {}, flash, { left: words.bulk.noDisk }],
  [
    'a mode that does not flash keeps the image',
    { bty_image_ref: OTHER, target_disk_serial: 'S1' },
    exit,
    { sent: { boot_mode: 'ipxe-exit', bty_image_ref: OTHER, target_disk_serial: 'S1' } },
  ],
  ['what is so already is not sent', { boot_mode: 'ipxe-exit' }, exit, { same: true }],
  [
    'a label more',
    { labels: ['x'] },
    { verb: 'labels', how: 'add', labels: ['y'] },
    { sent: { labels: ['x', 'y'] } },
  ],
  [
    'labels beyond sixteen',
    { labels: sixteen },
    { verb: 'labels', how: 'add', labels: ['y'] },
    { left: words.machine.labelMany },
  ],
  [
    'labels alone overwrite nothing',
    { boot_mode: 'bty-flash-always', bty_image_ref: REF, target_disk_serial: 'S1' },
    { verb: 'labels', how: 'set', labels: ['y'] },
    { sent: { labels: ['y'] } },
  ],
  [
    'a flash that starts over overwrites again',
    { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: 'S1' },
    rearm,
    { sent: null, overwrites: 1 },
  ],
  ['an inventory that starts over writes nothing', {}, rearm, { sent: null }],
  ['without a cycle nothing starts over', { boot_state: '' }, rearm, { left: words.bulk.noCycle }],
  ['any machine can be deleted', {}, { verb: 'delete' }, { sent: null }],
]
for (const [rule, part, wish, outcome] of cases)
  test(rule, () => {
    const { steps, left, same, overwrites } = planOf([aMachine(part)], wish)
    equal(steps.length, outcome.sent === undefined ? 0 : 1)
    equal(left[0]?.why, outcome.left)
    equal(same, outcome.same ? 1 : 0)
    equal(overwrites, outcome.overwrites ?? 0)
    if (outcome.sent === null) equal(steps[0]!.draft, null)
    for (const [key, value] of Object.entries(outcome.sent ?? {}))
      deepEqual(steps[0]!.draft![key as 'labels'], value)
  })

const labelCases: [labels: string[], how: 'set' | 'add' | 'remove', wanted: string[], after: string[]][] = [
  [['Rack 1', 'x'], 'add', ['rack 1', 'y'], ['Rack 1', 'x', 'y']],
  [['Rack 1', 'x'], 'remove', ['rack 1'], ['x']],
  [['Rack 1', 'x'], 'set', ['y'], ['y']],
  [['x'], 'set', [], []],
]
for (const [labels, how, wanted, after] of labelCases)
  test(`${how} ${wanted.join(', ')}`, () => deepEqual(labelsAfter(labels, how, wanted), after))
