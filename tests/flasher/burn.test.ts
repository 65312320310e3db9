/** `bty burn` as a script uses it, and the burn that the helper does. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { HelperBurnPlan } from '../../flasher/helper/messages.ts'
import { OLD_BYTE, testDisk } from '../../flasher/testing/disk.ts'
import { noise, sha256 } from '../../flasher/testing/images.ts'
import { writeMedium } from '../../flasher/testing/medium.ts'
import { filesOn, stickIsSound } from '../../flasher/testing/stick.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { helperMachine } from './helper-machine.ts'
import type { HelperMachine } from './helper-machine.ts'

const MiB = 1024 * 1024
const STICK_BYTES = 64 * MiB
const BTY = join(import.meta.dirname, '../../flasher/bin/bty.ts')
const dir = mkdtempSync(join(tmpdir(), 'bty-burn-command-'))
after(() => rmSync(dir, { recursive: true }))
mkdirSync(join(dir, 'dist/media'), { recursive: true })
const NAME = 'bty-usbboot-pc-x86_64-v1.0.0.iso'
const built = join(dir, 'dist/media', NAME)
const MEDIUM = writeMedium(built, '1.0.0')
writeFileSync(`${built}.sha256`, `${sha256(MEDIUM.content)}  ${NAME}\n`)
const newer = join(dir, 'bty-usbboot-pc-x86_64-v1.1.0.iso')
const NEWER = writeMedium(newer, '1.1.0')
const images = join(dir, 'images')
mkdirSync(images)
const IMAGE = noise(5 * MiB, 7)
writeFileSync(join(images, 'lab.img'), IMAGE)

type Line = Record<string, unknown> & { event: string }

/** Runs `bty burn` in a folder with a medium that was built there. */
async function burn(machine: HelperMachine, ...args: string[]) {
  const env = { ...machine.env, BTY_IMAGE_ROOT: images }
  const child = spawn(process.execPath, [BTY, 'burn', ...args], { env, cwd: dir })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.end()
  const [code] = (await once(child, 'close')) as [number | null]
  const isJson = args.includes('--json') && stdout !== ''
  const lines = isJson
    ? stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line)
    : []
  return { code, stdout, stderr, lines }
}

const isOld = (bytes: Buffer) => bytes.every((byte) => byte === OLD_BYTE)

test('the medium that was built is burnt with an image, and updated later', NEEDS_ROOT, async () => {
  using machine = helperMachine(STICK_BYTES)
  const { code, lines, stderr } = await burn(
    machine,
    ...['--disk', 'serial:S1', '--image', 'lab.img', '--yes', '--json'],
  )
  equal(code, 0, stderr)
  ok(lines.every((line) => line['schema_version'] === 1))
  deepEqual([lines[0]!.event, lines.at(-1)!.event, lines.at(-1)!['exit_code']], ['start', 'result', 0])
  equal((lines[0]!['medium'] as { version: string }).version, '1.0.0')
  const before = machine.disk.content()
  stickIsSound(before, MEDIUM.liveBytes)
  ok(filesOn(before, MEDIUM.liveBytes).get('lab.img')!.equals(IMAGE))

  const update = ['--medium', newer, '--disk', machine.disk.path, '--update', '--yes']
  const second = await burn(machine, ...update)
  equal(second.code, 0, second.stderr)
  match(second.stderr, /burnt and read back/)
  const now = machine.disk.content()
  ok(now.subarray(MEDIUM.liveBytes).equals(before.subarray(MEDIUM.liveBytes)))
  ok(now.subarray(512, NEWER.liveBytes).equals(NEWER.content.subarray(512, NEWER.liveBytes)))
})

const refusals: [rule: string, args: string[], code: number, text: RegExp][] = [
  ['no disk', ['--yes'], 2, /--disk says which stick to burn/],
  ['no terminal to confirm at', ['--disk', '/dev/null'], 2, /--yes burns without being asked/],
  [
    'images on an update',
    ['--disk', '/dev/x', '--update', '--image', 'a', '--yes'],
    2,
    /goes without --image/,
  ],
  [
    'a digest without its medium',
    ['--disk', '/dev/x', '--sha256', 'a'.repeat(64), '--yes'],
    2,
    /--sha256 is of a --medium/,
  ],
  ['a disk that is not there', ['--disk', 'serial:NONE', '--yes'], 10, /no disk has serial "NONE"/],
  [
    'an image that nobody knows',
    ['--disk', 'serial:S1', '--image', 'none', '--yes'],
    12,
    /no image is called "none"/,
  ],
  [
    'a medium that is none',
    ['--disk', 'serial:S1', '--medium', join(images, 'lab.img'), '--yes'],
    11,
    /lab\.img/,
  ],
]
for (const [rule, args, expected, text] of refusals)
  test(`refuses ${rule} and writes nothing`, NEEDS_ROOT, async () => {
    using machine = helperMachine(STICK_BYTES)
    const { code, stderr } = await burn(machine, ...args)
    deepEqual([code, text.test(stderr)], [expected, true], stderr)
    ok(isOld(machine.disk.content()))
  })

test('a built-in drive needs a word of its own', NEEDS_ROOT, async () => {
  using machine = helperMachine(STICK_BYTES)
  machine.setRemovable(false)
  const refused = await burn(machine, '--disk', 'serial:S1', '--yes')
  equal(refused.code, 11)
  match(refused.stderr, /is no removable drive.*--allow-fixed allows it/)
  ok(isOld(machine.disk.content()))
  const allowed = await burn(machine, '--disk', 'serial:S1', '--yes', '--allow-fixed')
  equal(allowed.code, 0, allowed.stderr)
})

// -- the helper -------------------------------------------------------------------------------------------------------

const planFor = (machine: HelperMachine, more: Partial<HelperBurnPlan> = {}): HelperBurnPlan => ({
  medium: { src: built, sha256: sha256(MEDIUM.content) },
  images: [
    { name: 'lab', src: join(images, 'lab.img'), format: 'img', sha256: null, arch: null, description: null },
  ],
  targets: [machine.confirmed],
  ...more,
})

test('the helper burns several sticks, tells how far each is, and what one holds', NEEDS_ROOT, async () => {
  using second = testDisk(STICK_BYTES)
  using machine = helperMachine(STICK_BYTES, [second])
  await using client = await machine.start()
  equal(await client.stick(machine.confirmed), null)
  const phases = new Set<string>()
  const other = { path: second.path, serial: 'OTHER1', sizeBytes: STICK_BYTES }
  const answer = await client.burn(planFor(machine, { targets: [machine.confirmed, other] }), {
    onProgress: ({ sticks }) => sticks.forEach(({ phase }) => phases.add(phase)),
  })
  deepEqual(
    answer.targets.map((fate) => [fate.ok, fate.state, fate.verified]),
    [
      [true, 'written', true],
      [true, 'written', true],
    ],
  )
  for (const phase of ['write', 'verify', 'fill', 'done']) ok(phases.has(phase), phase)
  for (const disk of [machine.disk, second]) stickIsSound(disk.content(), MEDIUM.liveBytes)
  const stick = (await client.stick(machine.confirmed))!
  deepEqual(
    [stick.version, stick.dirty, stick.files.map(({ name }) => name)],
    ['1.0.0', false, ['lab.img', 'catalog.toml', '.bty-grown']],
  )
})

const wrongPlans: [rule: string, plan: (machine: HelperMachine) => HelperBurnPlan, text: RegExp][] = [
  [
    'a drive that is built in',
    (machine) => (machine.setRemovable(false), planFor(machine)),
    /is no removable drive/,
  ],
  [
    'a disk with another serial',
    (machine) => planFor(machine, { targets: [{ ...machine.confirmed, serial: 'S2' }] }),
    /has serial S1; confirmed was S2/,
  ],
  [
    'a disk confirmed by its path alone',
    (machine) => planFor(machine, { targets: [{ ...machine.confirmed, serial: null }] }),
    /cannot be told from another disk|has serial S1/,
  ],
  [
    'an update of what is no stick',
    (machine) => planFor(machine, { images: [], targets: [{ ...machine.confirmed, update: true }] }),
    /is no bty stick/,
  ],
]
for (const [rule, plan, text] of wrongPlans)
  test(`the helper refuses ${rule}`, NEEDS_ROOT, async () => {
    using machine = helperMachine(STICK_BYTES)
    const asked = plan(machine)
    await using client = await machine.start()
    await rejects(client.burn(asked), { code: 'refused', message: text })
    ok(isOld(machine.disk.content()))
  })

test('a burn is cancelled, and the stick is free again', NEEDS_ROOT, async () => {
  using machine = helperMachine(STICK_BYTES)
  await using client = await machine.start()
  const cancel = new AbortController()
  const { targets } = await client.burn(planFor(machine), {
    signal: cancel.signal,
    onProgress: ({ sticks }) => {
      if (sticks[0]!.phase !== 'download') cancel.abort()
    },
  })
  deepEqual([targets[0]!.ok, targets[0]!.error?.code, targets[0]!.state], [false, 'cancelled', 'empty'])
  equal((await client.burn(planFor(machine))).ok, true)
})
