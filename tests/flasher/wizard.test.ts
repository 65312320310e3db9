import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OLD_BYTE, testDisk } from '../../flasher/testing/disk.ts'
import { startRangeOrigin } from '../../flasher/testing/range-origin.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { equalsCapture } from './tmux.ts'
import { DISK_BYTES, IMAGE, wizardBench } from './wizard-bench.ts'
import type { WizardBench } from './wizard-bench.ts'

const isFlashed = ({ disk }: WizardBench) => disk.content().subarray(0, IMAGE.length).equals(IMAGE)
const isUntouched = ({ disk }: WizardBench) => disk.content().every((byte) => byte === OLD_BYTE)

test('from the image to the verified disk, and to another one', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open()
  equalsCapture('images', await person.until(/> Image:$/))
  person.enter('2')
  equalsCapture('disks', await person.until(/> Disk:$/))
  person.enter('2')
  equalsCapture('confirm', await person.until(/> Write to .*:$/))
  ok(isUntouched(bench))
  person.enter('y')
  equalsCapture('done', await person.until(/> Done:$/))
  ok(isFlashed(bench))
  person.enter('b')
  match(await person.until(/> Disk:$/), /image: good/)
  person.enter('b')
  await person.until(/> Image:$/)
  person.enter('b')
  await person.until(/> Image source:$/)
  person.enter('q')
  await person.until(/bty: exiting v.*\nended with 0$/)
})

test('the first screens, and Ctrl-C at a question', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open({ args: [], env: { BTY_IMAGE_ROOT: '/nonexistent' } })
  equalsCapture('source', await person.until(/> Image source:$/))
  person.enter('x')
  equalsCapture('wrong-key', await person.until(/> Please note:$/))
  person.enter('')
  await person.until(/> Image source:$/)
  person.enter('c')
  equalsCapture('custom', await person.until(/> Catalog:$/))
  person.enter('/no/Such/Catalog.TOML')
  equalsCapture('no-images', await person.until(/> Image:$/))
  person.key('C-c')
  await person.until(/ended with 0$/)
})

test('hundreds of images: pages, search, numbers that stay', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open({ args: ['--catalog', bench.longCatalog] })
  await person.until(/page 1 of[^]*> Image:$/)
  person.enter('n')
  equalsCapture('images-page-2', await person.until(/page 2 of[^]*> Image:$/))
  person.enter('/HEAD 29')
  equalsCapture('images-searched', await person.until(/match "HEAD 29"[^]*> Image:$/))
  person.enter('302')
  equalsCapture('wrong-number', await person.until(/> Please note:$/))
})

test('Ctrl-C while writing cancels, and says what the disk is worth', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open()
  await person.until(/> Image:$/)
  person.enter('5')
  await person.until(/> Disk:$/)
  person.enter('2')
  await person.until(/> Write to .*:$/)
  person.enter('y')
  equalsCapture('flashing', await person.until(/Download \[.* {2}50% [^]*Ctrl-C cancels/))
  person.key('C-c')
  equalsCapture('cancelled', await person.until(/> Cancelled:$/))
  ok(!isFlashed(bench))
  person.enter('')
  await person.until(/> Write to .*:$/)
  person.enter('n')
  await person.until(/> Disk:$/)
  person.key('C-d')
  await person.until(/ended with 0$/)
})

test('a download that broke off says from where it goes on', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  // First the look at the image, then the flash, then the rest, which does not come.
  const manners = [{}, { closeAfter: 3 * 1024 * 1024 }]
  const askedAgain = Promise.withResolvers<void>()
  await using origin = await startRangeOrigin(IMAGE, (n) => {
    if (n === manners.length) askedAgain.resolve()
    return manners[n] ?? { stallAfter: 0 }
  })
  const catalog = join(bench.dir, 'catalog.toml')
  writeFileSync(catalog, `version = 1\n[[images]]\nname = "cut"\nsrc = "${origin.url}/cut.img"\n`)
  using person = bench.open()
  await person.until(/> Image:$/)
  person.enter('2')
  await person.until(/> Disk:$/)
  person.enter('2')
  await person.until(/> Write to .*:$/)
  person.enter('y')
  equalsCapture('resuming', await person.until(/Connection lost.*cancels\.$/))
  await askedAgain.promise
  person.key('C-c')
  await person.until(/> Cancelled:$/)
  deepEqual(origin.ranges[manners.length], { range: 'bytes=3145728-', ifRange: '"one"' })
})

test('what goes wrong is told, and the way back is short', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open()
  await person.until(/> Image:$/)
  person.enter('6')
  match(await person.until(/> Please note:$/), /bundle is a tar archive/)
  person.enter('')
  await person.until(/> Image:$/)
  person.enter('4')
  await person.until(/> Disk:$/)
  person.enter('1')
  match(await person.until(/> Please note:$/), /nonesuch1 cannot be flashed: it holds the running system/)
  person.enter('')
  await person.until(/> Disk:$/)
  person.enter('2')
  equalsCapture('rejected', await person.until(/> Not possible:$/))
  ok(isUntouched(bench))
  person.enter('')
  await person.until(/> Disk:$/)
  person.enter('b')
  await person.until(/> Image:$/)
  person.enter('3')
  await person.until(/> Disk:$/)
  person.enter('2')
  await person.until(/> Write to .*:$/)
  person.enter('y')
  equalsCapture('failed', await person.until(/> Failed:$/))
  ok(!isFlashed(bench))
})

test('a narrow window: 40x20 without colour or Unicode', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const log = join(bench.dir, 'log')
  using person = bench.open({ width: 40, height: 20, env: { NO_COLOR: '1', LANG: 'C' }, log })
  equalsCapture('narrow-images', await person.until(/> Image:$/))
  person.enter('2')
  equalsCapture('narrow-disks', await person.until(/> Disk:$/))
  person.enter('2')
  equalsCapture('narrow-confirm', await person.until(/> Write to .*:$/))
  person.enter('y')
  equalsCapture('narrow-done', await person.until(/> Done:$/))
  ok(isFlashed(bench))
  const bytes = readFileSync(log, 'latin1')
  ok(!/\x1b\[[\d;]*m/.test(bytes), 'no colour was sent')
  ok(!/[\x80-\xff]/.test(bytes), 'nothing but ASCII was sent')
})

test('a serial terminal: only what a VT100 knows is sent', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const log = join(bench.dir, 'log')
  using person = bench.open({ env: { TERM: 'vt100' }, log })
  equalsCapture('vt100-images', await person.until(/> Image:$/))
  person.enter('2')
  await person.until(/> Disk:$/)
  person.enter('2')
  await person.until(/> Write to .*:$/)
  person.enter('y')
  await person.until(/> Done:$/)
  const controls = readFileSync(log, 'latin1').match(/\x1b(?:\[[\d;?]*.|[^[])/g) ?? []
  const kinds = new Set(controls.map((control) => control.replaceAll(/[\d;]/g, '')))
  deepEqual(
    [...kinds].filter((kind) => !['\x1b[H', '\x1b[J', '\x1b[K', '\x1b[A', '\x1b[B', '\x1b[C'].includes(kind)),
    [],
  )
  ok(!/[\x80-\xff]/.test(readFileSync(log, 'latin1')))
})

test('a terminal that cannot move its cursor gets lines', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const log = join(bench.dir, 'log')
  using person = bench.open({ env: { TERM: 'dumb' }, log })
  await person.until(/> Image:$/)
  for (const [line, next] of [
    ['2', /> Disk:$/],
    ['2', /> Write to .*:$/],
    ['y', /> Done:$/],
  ] as const) {
    person.enter(line)
    await person.until(next)
  }
  ok(isFlashed(bench))
  ok(!readFileSync(log, 'latin1').includes('\x1b'))
})

test('a window that changes its size is drawn again', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open({ args: ['--catalog', bench.longCatalog] })
  await person.until(/page 1 of 2\d\b[^]*> Image:$/)
  person.resize(60, 40)
  const screen = await person.until(/page 1 of 1\d\b[^]*> Image:$/)
  ok(screen.split('\n').every((line) => line.length < 60))
  person.enter('1')
  await person.until(/> Disk:$/)
})

test('the image root alone, with the catalog that lies in it', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open({ args: [] })
  match(
    await person.until(/> Image:$/),
    /1 {2}local-arm64\.img .* arm64 .* local\n[^]*catalog: local only|catalog: local only[^]*local-arm64\.img/,
  )
})

test('a target that was named is offered first', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using person = bench.open({ args: ['--catalog', bench.catalog, '--disk', bench.disk.path] })
  await person.until(/> Image:$/)
  person.enter('2')
  match(await person.until(/> Disk:$/), /1 {2}\/dev\/loop\d+ .* loop /)
  person.enter('1')
  await person.until(/> Write to \/dev\/loop\d+:$/)
  person.enter('y')
  await person.until(/> Done:$/)
  ok(isFlashed(bench))
  equal(person.screen().includes('read back'), true)
})

test('two disks at once, each with a bar and a line in the result', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  using other = testDisk(DISK_BYTES)
  const args = ['--catalog', bench.catalog, '--disk', bench.disk.path, '--disk', other.path]
  using person = bench.open({ args })
  await person.until(/> Image:$/)
  person.enter('2')
  await person.until(/> Disk:$/)
  person.enter('1-2')
  match(await person.until(/> Write to \/dev\/loop\d+ and \/dev\/loop\d+:$/), /now: \w[^]*now: \w/)
  person.enter('y')
  const screen = await person.until(/> Done:$/)
  match(screen, /is on 2 of 2 disks/)
  equal(screen.match(/loop\d+: 6\.0 MiB \(6291456 bytes\) written and read back/g)?.length, 2)
  ok(isFlashed(bench))
  ok(other.content().subarray(0, IMAGE.length).equals(IMAGE))
})

test('a mounted disk is refused, unmounted by its number, and flashed', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  execFileSync('mkfs.ext4', ['-q', bench.disk.path])
  const point = join(bench.dir, 'mounted')
  mkdirSync(point)
  execFileSync('mount', [bench.disk.path, point])
  try {
    using person = bench.open({ args: ['--catalog', bench.catalog, '--disk', bench.disk.path] })
    await person.until(/> Image:$/)
    person.enter('2')
    match(await person.until(/> Disk:$/), /is in use: [^]*\[u number\] unmount/)
    person.enter('1')
    match(await person.until(/> Please note:$/), /cannot be flashed: it is in use/)
    person.enter('')
    await person.until(/> Disk:$/)
    person.enter('u 1')
    match(await person.until(/> Unmount:$/), /mounted is unmounted\./)
    person.enter('')
    await person.until(/> Disk:$/)
    person.enter('1')
    await person.until(/> Write to .*:$/)
    person.enter('y')
    await person.until(/> Done:$/)
    ok(isFlashed(bench))
  } finally {
    spawnSync('umount', [point])
  }
})

test('without a terminal: questions and answers are lines', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const command = join(import.meta.dirname, '../../flasher/bin/bty.ts')
  const child = execFile(process.execPath, [command, '--catalog', bench.catalog], {
    env: { ...process.env, ...bench.env },
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr!.on('data', (text: string) => (said += text))
  child.stdin!.end('2\n2\ny\nq\n')
  deepEqual(await ended, [0, null])
  ok(isFlashed(bench))
  match(said, /image_root: [^]*> Image: [^]*> Disk: [^]*> Write to .*: [^]*\nverify .*\n[^]*> Done: /)
  ok(!said.includes('\x1b'))
})
