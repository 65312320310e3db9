/** What the options of `bty` change: unmounting, old volumes, block maps, catalogs of a registry. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bmapText, sealed } from '../../flasher/testing/bmap.ts'
import { startOciRegistry } from '../harness/oci-registry.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { isFlashed, run } from './command-run.ts'
import { IMAGE, wizardBench } from './wizard-bench.ts'

const isMounted = (point: string) => readFileSync('/proc/self/mounts', 'utf8').includes(` ${point} `)

test('a mounted disk is flashed only with --unmount, which unmounts it', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  execFileSync('mkfs.ext4', ['-q', bench.disk.path])
  const points = ['one', 'two'].map((name) => join(bench.dir, name))
  for (const point of points) {
    mkdirSync(point)
    execFileSync('mount', [bench.disk.path, point])
  }
  const before = bench.disk.content()
  const args = ['--image', join(bench.dir, 'images/local-arm64.img'), '--disk', bench.disk.path, '--yes']
  try {
    const refused = await run(bench, 'flash', ...args, '--json')
    equal(refused.code, 11)
    match(String(refused.lines.at(-1)!['text']), /is in use: /)
    ok(points.every(isMounted))
    ok(bench.disk.content().subarray(0, 1024).equals(before.subarray(0, 1024)))

    // Somebody stands in it: that is told, and nothing is written.
    const busy = spawnSync('sh', ['-c', `cd ${points[0]} && "$@"`, 'sh', ...busyFlash(bench.env, args)], {
      encoding: 'utf8',
    })
    equal(busy.status, 11, busy.stderr)
    match(busy.stderr, /stays in use: .*one/)
    ok(!isFlashed(bench))

    let done = await run(bench, 'flash', ...args, '--unmount')
    ok(!points.some(isMounted))
    // A mount namespace that another test made meanwhile holds a copy of the mount until it ends.
    for (let tries = 0; tries < 30 && /is held open/.test(done.stderr); tries++)
      done = await run(bench, 'flash', ...args)
    equal(done.code, 0, done.stderr)
    ok(isFlashed(bench))
  } finally {
    for (const point of points) spawnSync('umount', [point])
  }
})

const BTY = join(import.meta.dirname, '../../flasher/bin/bty.ts')
function busyFlash(env: Record<string, string>, args: readonly string[]): string[] {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return ['env', ...settings, process.execPath, BTY, 'flash', ...args, '--unmount']
}

test('a disk that carries an old volume is flashed only with --allow-member', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const luks = Buffer.alloc(4096)
  luks.write('LUKS\xba\xbe\x00\x01', 'latin1')
  execFileSync('dd', ['of=' + bench.disk.path, 'bs=4096', 'count=1', 'conv=fsync', 'status=none'], {
    input: luks,
  })
  const args = ['--image', join(bench.dir, 'images/local-arm64.img'), '--disk', bench.disk.path, '--yes']
  const refused = await run(bench, 'flash', ...args, '--json')
  equal(refused.code, 11)
  match(
    String(refused.lines.at(-1)!['text']),
    /carries an encrypted volume \(LUKS\).* overwritten only when that is explicitly allowed/,
  )
  ok(bench.disk.content().subarray(0, 4096).equals(luks))
  const { code, stderr } = await run(bench, 'flash', ...args, '--allow-member')
  equal(code, 0, stderr)
  ok(isFlashed(bench))
})

test('a block map that cannot be used stops a flash, and --no-bmap passes over it', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  const image = join(bench.dir, 'images/local-arm64.img')
  writeFileSync(`${image}.bmap`, bmapText().replace('SELF', '0'.repeat(64)))
  const args = ['--image', image, '--disk', bench.diskPath, '--yes', '--json']
  const refused = await run(bench, 'flash', ...args)
  equal(refused.code, 15)
  match(String(refused.lines.at(-1)!['text']), /block map .* cannot be used/)
  equal(refused.lines.length, 1, 'nothing was begun')
  const passed = await run(bench, 'flash', ...args, '--no-bmap')
  equal(passed.code, 0, passed.stderr)
  equal(passed.lines[0]!['block_map'], null)
  ok(isFlashed(bench))
})

test(
  'a block map that is honoured is named at the start, and what it leaves out becomes zeros',
  NEEDS_ROOT,
  async () => {
    await using bench = await wizardBench()
    const image = join(bench.dir, 'images/local-arm64.img')
    const blocks = IMAGE.length / 4096
    const ranges = '<Range> 0-255 </Range>'
    writeFileSync(
      `${image}.bmap`,
      sealed(bmapText({ imageBytes: IMAGE.length, blocks, mapped: 256, ranges })),
    )
    const { code, lines } = await run(
      bench,
      'flash',
      '--image',
      image,
      '--disk',
      bench.diskPath,
      '--yes',
      '--json',
    )
    equal(code, 0)
    match(String(lines[0]!['block_map']), /local-arm64\.img\.bmap$/)
    const content = bench.disk.content().subarray(0, IMAGE.length)
    ok(content.subarray(0, 256 * 4096).equals(IMAGE.subarray(0, 256 * 4096)))
    ok(content.subarray(256 * 4096).every((byte) => byte === 0))
  },
)

test('a catalog of a registry is listed, chosen from and flashed', NEEDS_ROOT, async () => {
  await using bench = await wizardBench()
  await using registry = await startOciRegistry()
  const layer = (title: string, mediaType: string, bytes: Buffer) => ({ title, mediaType, bytes })
  await registry.push('lab/disk', 'one', [layer('disk.img', 'application/octet-stream', IMAGE)])
  const src = `oras://${registry.host}/lab/disk:one`
  const toml = `version = 1\n[[images]]\nname = "from the registry"\nsrc = "${src}"\nformat = "img"\n`
  await registry.push('lab/catalog', 'latest', [layer('catalog.toml', 'application/toml', Buffer.from(toml))])
  const catalog = `oras://${registry.host}/lab/catalog:latest`
  const env = { BTY_REGISTRY_PLAIN_HTTP: '127.0.0.1', BTY_REGISTRY_DOCKER_CONFIG: join(bench.dir, 'none') }
  Object.assign(bench.env, env)

  const { code, lines, stderr } = await run(bench, 'images', '--catalog', catalog, '--json')
  equal(code, 0, stderr)
  deepEqual(lines.map(({ name, src: address, source }) => [name, address, source]).slice(1), [
    ['from the registry', src, 'remote'],
  ])
  const missing = await run(bench, 'images', '--catalog', `oras://${registry.host}/lab/none:latest`, '--json')
  equal(missing.code, 12)
  match(String(missing.lines.at(-1)!['text']), /lab\/none:latest/)

  using person = bench.open({ args: ['--catalog', catalog] })
  match(await person.until(/> Image:$/), /2 {2}from the registry/)
  person.enter('2')
  await person.until(/> Disk:$/)
  person.enter('2')
  await person.until(/> Write to .*:$/)
  person.enter('y')
  await person.until(/> Done:$/)
  ok(isFlashed(bench))
})
