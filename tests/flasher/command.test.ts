/** `bty flash`, `bty disks` and `bty images` as a script uses them. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDisk } from '../../flasher/testing/disk.ts'
import { sha256 } from '../../flasher/testing/images.ts'
import { startRangeOrigin } from '../../flasher/testing/range-origin.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { isFlashed, run, start } from './command-run.ts'
import { DISK_BYTES, IMAGE, wizardBench } from './wizard-bench.ts'
import type { WizardBench } from './wizard-bench.ts'

test('a script flashes a disk by its serial and reads what happens', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const image = join(bench.dir, 'images/local-arm64.img')
  const record = join(bench.dir, 'record.json')
  const args = ['--image', image, '--disk', 'serial:LOOP-1', '--sha256', sha256(IMAGE), '--record', record]
  const { code, lines, stderr } = await run(bench, 'flash', ...args, '--yes', '--json')
  equal(code, 0, stderr)
  ok(isFlashed(bench))
  ok(lines.every((line) => line['schema_version'] === 1))
  equal(lines[0]!.event, 'start')
  deepEqual([...new Set(lines.slice(1, -1).map((line) => line.event))], ['progress'])
  const phases = lines.filter((line) => line.event === 'progress').map((line) => line['phase'])
  deepEqual([...new Set(phases)], ['download', 'write', 'verify', 'done'])
  const { seconds, ...result } = lines.at(-1)!
  equal(typeof seconds, 'number')
  const target = {
    path: bench.diskPath,
    ok: true,
    state: 'written',
    size_bytes: IMAGE.length,
    verified: true,
    error: null,
    notes: [],
  }
  deepEqual(result, { schema_version: 1, event: 'result', ok: true, exit_code: 0, targets: [target] })
  const kept = JSON.parse(readFileSync(record, 'utf8')) as { schema_version: number; ok: boolean }
  deepEqual([kept.schema_version, kept.ok], [1, true])
})

test('a script hears that a download broke off and goes on', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const cut = 3 * 1024 * 1024
  await using origin = await startRangeOrigin(IMAGE, (n) => (n === 1 ? { closeAfter: cut } : {}))
  const record = join(bench.dir, 'record.json')
  const args = ['--image', `${origin.url}/a.img`, '--disk', bench.diskPath, '--record', record]
  const { code, lines, stderr } = await run(bench, 'flash', ...args, '--yes', '--json')
  equal(code, 0, stderr)
  ok(isFlashed(bench))
  const { text, ...retry } = lines.find(({ event }) => event === 'retry')!
  match(String(text), /a\.img broke off: the connection was cut/)
  deepEqual(retry, {
    schema_version: 1,
    event: 'retry',
    position: cut,
    attempt: 2,
    attempts: 9,
    pause_ms: 1000,
  })
  const waiting = lines.flatMap((line) => (line['waiting'] ?? []) as string[])
  ok(waiting.includes('connection lost, resuming at 3.0 MiB (2nd attempt)'))
  const kept = JSON.parse(readFileSync(record, 'utf8')) as { retries: { position: number }[] }
  deepEqual(
    kept.retries.map(({ position }) => position),
    [cut],
  )
})

test('one read, several disks, each with its own fate', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using other = testDisk(DISK_BYTES)
  using small = testDisk(4 * 1024 * 1024)
  const image = join(bench.dir, 'images/local-arm64.img')
  const two = ['--disk', bench.diskPath, '--disk', other.path]
  equal((await run(bench, 'flash', '--image', image, ...two, '--yes', '--no-verify')).code, 0)
  ok(isFlashed(bench))
  ok(other.content().subarray(0, IMAGE.length).equals(IMAGE))
  const three = await run(bench, 'flash', '--image', image, ...two, '--disk', small.path, '--yes', '--json')
  equal(three.code, 11)
  match(String(three.lines.at(-1)!['text']), /image needs 6291456 bytes; \/dev\/loop\d+ holds 4194304/)
})

test('the standard input is an image', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const args = ['flash', '--image', '-', '--format', 'img', '--disk', bench.diskPath, '--yes']
  const { code, stderr } = await start(bench, args, IMAGE).ended
  equal(code, 0, stderr)
  ok(isFlashed(bench))
  match(stderr, /6\.0 MiB written and read back in \d/)
})

const failures: [
  rule: string,
  args: (bench: WizardBench) => string[],
  code: number,
  error: string,
  text: RegExp,
][] = [
  ['no such serial', ({ dir }) => [`${dir}/images/local-arm64.img`, 'serial:OTHER'], 10, 'no-disk', /LOOP-1/],
  [
    'no such path',
    ({ dir }) => [`${dir}/images/local-arm64.img`, '/dev/nonesuch9'],
    10,
    'no-disk',
    /does not exist/,
  ],
  ['no image', ({ diskPath }) => ['/no/such.img', diskPath], 12, 'source', /such\.img/],
  ['a directory', ({ dir }) => [`${dir}/images/local-arm64.img`, dir], 11, 'refused', /not a block device/],
]
for (const [rule, args, code, error, text] of failures)
  test(`${rule} ends with ${code}`, NEEDS_ROOT, async () => {
    await using bench = await wizardBench()
    const [image, disk] = args(bench) as [string, string]
    const ended = await run(bench, 'flash', '--image', image, '--disk', disk, '--yes', '--json')
    equal(ended.code, code)
    deepEqual([ended.lines.length, ended.lines[0]!.event, ended.lines[0]!['code']], [1, 'error', error])
    match(String(ended.lines[0]!['text']), text)
    ok(!isFlashed(bench))
  })

test('an image that is not what its digest says ends with 15', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const args = ['--image', join(bench.dir, 'images/local-arm64.img'), '--disk', bench.diskPath]
  const { code, lines } = await run(bench, 'flash', ...args, '--sha256', '0'.repeat(64), '--yes', '--json')
  equal(code, 15)
  const [target] = lines.at(-1)!['targets'] as { error: { code: string }; state: string }[]
  deepEqual([lines.at(-1)!['ok'], target!.error.code, target!.state], [false, 'corrupt', 'empty'])
})

test('Ctrl-C ends a flash with 130, also when nobody reads its output any more', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const slow = /src = "(.*\/slow\.img)"/.exec(readFileSync(bench.catalog, 'utf8'))![1]!
  const { child, ended } = start(bench, [
    'flash',
    '--image',
    slow,
    '--disk',
    bench.diskPath,
    '--yes',
    '--json',
  ])
  let seen = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    seen += chunk.toString()
    if (seen.includes('"phase":"write"')) break
  }
  child.kill('SIGINT')
  equal((await ended).code, 130)
  ok(!isFlashed(bench))
})

const wrong: [args: string[], said: RegExp][] = [
  [[], /--image says what to write/],
  [['--image', 'a.img'], /--disk says where to write/],
  [['--image', 'a.img', '--disk', 'sdb', '--yes'], /"sdb" is neither an absolute path nor serial:SERIAL/],
  [['--image', 'a.img', '--disk', 'serial:', '--yes'], /neither/],
  [['--image', 'a.img', '--disk', '/d', '--disk', '/d', '--yes'], /named twice/],
  [['--image', 'a.img', '--disk', '/d', '--sha256', 'abc', '--yes'], /"abc" is not 64 hex digits/],
  [['--image', 'a.img', '--disk', '/d', '--format', 'zip', '--yes'], /"zip" is not known/],
  [['--image', 'a.img', '--disk', '/d'], /no terminal to confirm at; --yes/],
  [['--image', '-', '--disk', '/d'], /standard input needs --yes/],
  [['--image', 'a.img', '--disk', '/d', 'extra'], /extra/],
  [['--fast'], /--fast/],
]
for (const [args, said] of wrong)
  test(`bty flash ${args.join(' ')} is a wrong command line`, NEEDS_ROOT, async () => {
    await using bench = await wizardBench()
    const { code, stdout, stderr } = await run(bench, 'flash', ...args)
    equal(code, 2)
    equal(stdout, '')
    match(stderr, said)
    match(stderr, /usage: bty flash/)
  })

test('a person confirms a flash of the command line', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const args = ['flash', '--image', join(bench.dir, 'images/local-arm64.img'), '--disk', bench.disk.path]
  using no = bench.open({ args })
  match(await no.until(/> Write to .*:$/), /EVERYTHING ON \/dev\/loop\d+ WILL BE LOST/)
  no.enter('')
  match(await no.until(/ended with 130$/), /nothing was written/)
  using yes = bench.open({ args })
  await yes.until(/> Write to .*:$/)
  yes.enter('y')
  await yes.until(/ended with 0$/)
  ok(isFlashed(bench))
})

test('disks and images as JSON lines', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const disks = await run(bench, 'disks', '--json')
  equal(disks.code, 0)
  deepEqual(
    disks.lines.map(({ event, path, serial, refusals }) => [event, path, serial, refusals]),
    [
      ['disk', '/dev/nonesuch1', 'S3Z9NB0K123456X', ['holds the running system', 'is in use: /boot/efi, /']],
      ['disk', bench.diskPath, 'LOOP-1', []],
      ['disk', '/dev/nonesuch2', null, ['is read-only']],
    ],
  )
  const images = await run(bench, 'images', '--json', '--catalog', bench.catalog)
  equal(images.code, 0)
  deepEqual(
    images.lines.map(({ name, source }) => `${String(name)} ${String(source)}`),
    [
      'local-arm64.img local',
      'good (x86_64) remote',
      'changed remote',
      'gone remote',
      'slow remote',
      'bundle remote',
    ],
  )
  match((await run(bench, 'disks')).stdout, /^# {2}Path .*\n1 {2}\/dev\/nonesuch1 +931\.5G/)
})

test('a catalog that cannot be read: the rest is listed, and the exit code tells', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  writeFileSync(join(bench.dir, 'images/catalog.toml'), 'version = 9')
  const { code, lines } = await run(bench, 'images', '--json')
  equal(code, 12)
  deepEqual(
    lines.map(({ event }) => event),
    ['image', 'error'],
  )
})
