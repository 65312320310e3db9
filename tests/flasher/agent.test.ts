import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { gzip, sha256, testImage, zstd } from '../../flasher/testing/images.ts'
import { OLD_BYTE } from '../../flasher/testing/disk.ts'
import { benchMachine, DISK_BYTES, MiB, SERIAL } from './bench-machine.ts'
import type { BenchMachine } from './bench-machine.ts'
import { scriptedServer } from './scripted-server.ts'
import type { Reply } from './scripted-server.ts'
import { NEEDS_ROOT } from '../harness/root.ts'

const IMAGE = testImage(10)
const PACKED = zstd(IMAGE)
const FILES = { 'a.img.zst': PACKED }
const ORDER = {
  mode: 'flash',
  target_disk_serial: SERIAL,
  name: 'a',
  disk_image_sha: sha256(PACKED),
  format: 'img.zst',
}
/** A plan that flashes a file of the server itself. */
const flashPlan =
  (order: object = {}) =>
  (url: string) =>
    JSON.stringify({ ...ORDER, image: `${url}/a.img.zst`, ...order })

const isFlashed = (machine: BenchMachine) => machine.disk.content().subarray(0, IMAGE.length).equals(IMAGE)
const isUntouched = (machine: BenchMachine) => machine.disk.content().every((byte) => byte === OLD_BYTE)
const isBlankAtFront = (machine: BenchMachine) =>
  machine.disk
    .content()
    .subarray(0, MiB)
    .every((byte) => byte === 0)

test('an ordered flash: disks, plan, write, verify, done, reboot', async () => {
  using machine = benchMachine()
  await using server = await scriptedServer({ plans: [flashPlan()], files: FILES })
  await machine.boot(server.url)
  ok(isFlashed(machine))
  equal(machine.reboots, 1)
  deepEqual(server.calls(), ['inventory', 'plan', 'done'])
  deepEqual(server.statuses, [])
  deepEqual(machine.markers, ['bty: auto-flash starting', 'bty: flash complete; rebooting'])
  deepEqual(machine.milestones.filter((line) => line.includes('download')).length, 4)
  deepEqual(
    machine.milestones.filter((line) => line.includes('write')),
    [25, 50, 75, 100].map((n) => `bty: write ${n}%`),
  )
  const { size, type: _type, ...disk } = server.inventories[0]!.disks[0]! as Record<string, unknown>
  equal(size, '12M')
  deepEqual(disk, {
    path: machine.disk.path,
    vendor: 'QEMU',
    model: 'Test disk',
    serial: SERIAL,
    tran: 'sata',
    removable: false,
    readonly: false,
  })
})

test('progress belongs to the boot that reports done, and ends with it', async () => {
  using machine = benchMachine()
  await using server = await scriptedServer({ plans: [flashPlan()], files: FILES })
  await machine.boot(server.url)
  const [boot] = server.dones
  ok(server.progress.length > 0)
  ok(server.progress.every((report) => report.boot === boot))
  equal(server.progress.at(-1)!.phase, 'done')
  const seqs = server.progress.map((report) => report.seq)
  deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  )
})

test('a server that is slow to come up gets asked again, with the cause on the screen', async () => {
  using machine = benchMachine()
  await using server = await scriptedServer({
    plans: [503, 'cut', flashPlan()],
    inventory: [404, 'cut', 204],
    files: FILES,
  })
  await machine.boot(server.url)
  ok(isFlashed(machine))
  const causes = machine.said.filter((line) => line.startsWith('No plan yet'))
  equal(causes.length, 2)
  match(causes[0]!, /attempt 1 of 10\): the server answered 503/)
})

const noPlans: [rule: string, plan: string | Reply, cause: RegExp][] = [
  ['no JSON', '<html>', /not JSON/],
  ['a list', '[]', /plan is unknown/],
  ['null', 'null', /plan is unknown/],
  ['a mode of another time', '{"mode":"ramboot"}', /plan is unknown/],
  ['a flash without a disk', '{"mode":"flash","image":"http://h/a.img"}', /target_disk_serial/],
  ['a flash without an image', '{"mode":"flash","image":"","target_disk_serial":"S"}', /image/],
  ['an error to the end', 500, /answered 500/],
]
for (const [rule, plan, cause] of noPlans)
  test(`a plan that is ${rule} leads to the list, with the cause`, async () => {
    using machine = benchMachine()
    await using server = await scriptedServer({ plans: [plan] })
    await machine.boot(server.url)
    match(
      machine.said.find((line) => line.startsWith('No plan from the server'))!,
      cause,
    )
    ok(server.requests.includes('GET /catalog.toml'))
    ok(isUntouched(machine))
    equal(machine.reboots, 0)
  })

test('inventory mode delivers disks and hardware, and reboots', async () => {
  using machine = benchMachine()
  machine.lshw = { id: 'pc' }
  await using server = await scriptedServer({ plans: ['{"mode":"inventory"}'], inventory: [503, 204] })
  await machine.boot(server.url)
  deepEqual(
    server.inventories.map((inventory) => inventory.lshw ?? null),
    [null, null, { id: 'pc' }],
  )
  equal(machine.reboots, 1)
  ok(isUntouched(machine))
})

test('exit mode says so and leaves the machine as it is', async () => {
  using machine = benchMachine()
  await using server = await scriptedServer({ plans: ['{"mode":"exit"}'] })
  await machine.boot(server.url)
  match(machine.said.at(-1)!, /nothing for this machine/)
  equal(machine.reboots, 0)
})

// -- the report of a flash ------------------------------------------------------------------------------------------

const doneAnswers: [rule: string, done: Reply[], calls: number][] = [
  ['is repeated until it is answered', [500, 'cut', 204], 3],
  ['stops at 404', [503, 404], 2],
  ['is not repeated when it is taken', [200], 1],
]
for (const [rule, done, calls] of doneAnswers)
  test(`the report of a flash ${rule}, then the machine reboots`, async () => {
    using machine = benchMachine()
    await using server = await scriptedServer({ plans: [flashPlan()], files: FILES, done })
    await machine.boot(server.url)
    equal(server.dones.length, calls)
    equal(new Set(server.dones).size, 1)
    equal(machine.reboots, 1)
  })

test('a key ends the wait for a server that never answers', async () => {
  using machine = benchMachine()
  machine.presses = true
  await using server = await scriptedServer({ plans: [flashPlan()], files: FILES, done: ['cut'] })
  await machine.boot(server.url)
  equal(machine.reboots, 1)
})

for (const status of [404, 405])
  test(`progress stops after one ${status}`, async () => {
    using machine = benchMachine()
    await using server = await scriptedServer({ plans: [flashPlan()], files: FILES, progress: [status] })
    await machine.boot(server.url)
    equal(server.progress.length, 1)
    equal(server.dones.length, 1)
  })

test('progress that comes too fast is sent again', async () => {
  using machine = benchMachine()
  const progress = [429, 429, 204]
  await using server = await scriptedServer({ plans: ['{"mode":"inventory"}'], progress })
  await machine.boot(server.url)
  deepEqual(
    server.progress.map((report) => report.phase),
    ['inventory', 'inventory', 'inventory'],
  )
})

// -- failures ---------------------------------------------------------------------------------------------------------

interface Failure {
  rule: string
  order?: object
  files?: Record<string, Buffer>
  listed?: (path: string) => ReturnType<typeof benchMachine>['listed']
  reason: RegExp
  code: string
  /** Refused before the first byte. */
  untouched: boolean
  /** A fake listing stands beside a real device. */
  onLoop?: boolean
}
const listed = (more: object) => (path: string) => [{ path, serial: SERIAL, size: DISK_BYTES, ...more }]
const failures: Failure[] = [
  { rule: 'an image that is gone', files: {}, reason: /answered 404/, code: 'source', untouched: true },
  {
    rule: 'other bytes than the digest',
    order: { disk_image_sha: 'a'.repeat(64) },
    reason: /has sha256 .*; expected is aaaa/,
    code: 'corrupt',
    untouched: false,
  },
  {
    rule: 'a cut image',
    order: { disk_image_sha: null },
    files: { 'a.img.zst': PACKED.subarray(0, -9) },
    reason: /cut off/,
    code: 'truncated',
    untouched: false,
  },
  {
    rule: 'an image that grows beyond the disk',
    order: { disk_image_sha: null },
    files: { 'a.img.zst': Buffer.concat([PACKED, PACKED]) },
    reason: /larger than/,
    code: 'too-small',
    untouched: false,
  },
  {
    rule: 'an image larger than the disk',
    order: { disk_image_sha: null },
    files: { 'a.img.zst': zstd(testImage(14)) },
    reason: /image needs 14680764 bytes; .* holds 12582912/,
    code: 'refused',
    untouched: true,
  },
  {
    rule: 'a missing disk',
    order: { target_disk_serial: 'OTHER' },
    reason: /no disk has serial "OTHER"; present: .* LOOP-1/,
    code: 'no-disk',
    untouched: true,
  },
  {
    rule: 'a serial in another case',
    order: { target_disk_serial: SERIAL.toLowerCase() },
    reason: /no disk has serial/,
    code: 'no-disk',
    untouched: true,
  },
  {
    rule: 'two disks with one serial',
    listed: (path) => [...listed({})(path), ...listed({})('/dev/other')],
    reason: /ambiguous/,
    code: 'no-disk',
    untouched: true,
  },
]
failures.push(
  {
    rule: 'a read-only disk',
    listed: listed({ ro: true }),
    reason: /read-only/,
    code: 'refused',
    untouched: true,
    onLoop: true,
  },
  {
    rule: 'a mounted disk',
    listed: listed({ mountpoints: ['/mnt'] }),
    reason: /in use: \/mnt/,
    code: 'refused',
    untouched: true,
    onLoop: true,
  },
)
for (const { rule, order, files = FILES, listed, reason, code, untouched, onLoop } of failures)
  test(
    `${rule} is told to person and server, and the machine stays up`,
    onLoop ? NEEDS_ROOT : {},
    async () => {
      using machine = benchMachine(listed)
      machine.answers = ['', 'q']
      await using server = await scriptedServer({ plans: [flashPlan(order)], files, status: [500, 204] })
      await machine.boot(server.url)
      ok(untouched ? isUntouched(machine) : isBlankAtFront(machine))
      match(
        machine.said.find((line) => line.startsWith('THE FLASH FAILED'))!,
        reason,
      )
      deepEqual([...new Set(server.statuses.map(({ status }) => status))], ['failed'])
      match(server.statuses[0]!.reason!, reason)
      const last = server.progress.at(-1)!
      deepEqual([last.phase, last.error?.code], ['failed', code])
      deepEqual(server.dones, [])
      equal(machine.reboots, 0)
      deepEqual(machine.markers, ['bty: auto-flash starting'])
    },
  )

test('a server that knows no failures does not hold up the agent', async () => {
  using machine = benchMachine()
  machine.answers = ['r']
  await using server = await scriptedServer({ plans: [flashPlan()], status: [404], progress: [404] })
  await machine.boot(server.url)
  equal(server.statuses.length, 1)
  equal(machine.reboots, 1)
})

test('where nobody answers, a failed machine stays up until it is switched off', async () => {
  using machine = benchMachine()
  await using server = await scriptedServer({ plans: [flashPlan()] })
  const running = machine.boot(server.url)
  let ended = false
  void running.then(() => (ended = true))
  await new Promise<void>((resolve) => {
    machine.onSaid = (text) => {
      if (text.startsWith('Put right')) resolve()
    }
  })
  await new Promise(setImmediate)
  equal(ended, false)
  machine.cancel.abort()
  await running
})

// -- one write in one boot ------------------------------------------------------------------------------------------

test('an agent that starts again in one boot reports its flash and does not write again', async () => {
  using machine = benchMachine()
  await using server = await scriptedServer({ plans: [flashPlan()], files: FILES })
  await machine.boot(server.url)
  machine.disk.damage(5 * MiB)
  await machine.boot(server.url)
  ok(!isFlashed(machine), 'the damage of the test is still there')
  equal(server.requests.filter((line) => line === 'GET /a.img.zst').length, 1)
  deepEqual([server.dones.length, new Set(server.dones).size, machine.reboots], [2, 1, 2])
  machine.powerCycle()
  await machine.boot(server.url)
  ok(isFlashed(machine))
  equal(new Set(server.dones).size, 2)
})

test('an agent that died while writing does not write again in that boot, and says so', async () => {
  using machine = benchMachine()
  machine.answers = ['q', 'q']
  await using server = await scriptedServer({
    plans: [flashPlan({ disk_image_sha: 'a'.repeat(64) })],
    files: FILES,
  })
  await machine.boot(server.url)
  await machine.boot(server.url)
  equal(server.requests.filter((line) => line === 'GET /a.img.zst').length, 1)
  match(server.statuses[1]!.reason!, /interrupted in this boot/)
})

// -- by hand ------------------------------------------------------------------------------------------------------------

const CATALOG = (url: string) => `version = 1
[[images]]
name = "a"
src = "${url}/a.img.gz"
sha256 = "${sha256(gzip(IMAGE))}"
`

async function catalogServer() {
  const files: Record<string, Buffer> = { 'a.img.gz': gzip(IMAGE) }
  const server = await scriptedServer({
    plans: [(url) => JSON.stringify({ mode: 'interactive', catalog: `${url}/c` })],
    files,
  })
  files['c'] = Buffer.from(CATALOG(server.url))
  return server
}

test('a person chooses image and disk, and the server hears of it', async () => {
  using machine = benchMachine()
  machine.answers = ['x', '', '2', '', '1', '1', 'y', '']
  await using server = await catalogServer()
  await machine.boot(server.url)
  ok(isFlashed(machine))
  equal(server.dones.length, 1)
  equal(machine.reboots, 1)
  ok(machine.said.includes('"x" is not a number; choose from 1..1.'))
  ok(machine.said.includes('2 is not in the list; choose from 1..1.'))
})

const harmless: [rule: string, answers: string[]][] = [
  ['no answer', []],
  ['leaving', ['q']],
  ['no confirmation', ['1', '1', '', 'q']],
  ['saying no', ['1', '1', 'n', 'q']],
  ['going back from the disks', ['1', 'b', 'q']],
  ['another word than yes', ['1', '1', 'yse', '', 'q']],
]
for (const [rule, answers] of harmless)
  test(`${rule} writes nothing`, async () => {
    using machine = benchMachine()
    machine.answers = [...answers]
    await using server = await catalogServer()
    await machine.boot(server.url)
    ok(isUntouched(machine))
    deepEqual([machine.answers.length, machine.reboots, server.dones.length], [0, 0, 0])
  })

test('a disk that must not be flashed is shown with the reason and cannot be chosen', async () => {
  using machine = benchMachine((path) => [{ path, serial: SERIAL, size: DISK_BYTES, mountpoints: ['/'] }])
  machine.answers = ['1', '1', '', 'q']
  await using server = await catalogServer()
  await machine.boot(server.url)
  ok(isUntouched(machine))
  ok(machine.said.some((line) => line.includes('not possible: holds the running system')))
})
