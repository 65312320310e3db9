import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { OLD_BYTE, testDisk } from '../../flasher/testing/disk.ts'
import { noise, sha256 } from '../../flasher/testing/images.ts'
import { testMedium, writeMedium } from '../../flasher/testing/medium.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { filesOn, stickIsSound } from '../../flasher/testing/stick.ts'
import type { Burn, StickFacts, StickMedia } from '../../server/api/index.ts'
import { stickRoutes } from '../../server/api/sticks.ts'
import { drive } from '../browser/drives.ts'
import { HELPER, helperMachine } from '../flasher/helper-machine.ts'
import { releaseOrigin } from '../harness/release-origin.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { tempDir } from '../harness/temp.ts'
import { type Client, testServer } from './server.ts'

const MiB = 1024 * 1024
const STICK_BYTES = 64 * MiB
const NAME = 'bty-usbboot-pc-x86_64-v1.0.0.iso'
const IMAGE = noise(5 * MiB, 5)
const REF = 'd'.repeat(64)

/** A console with a medium that was built, and two loop devices as sticks; its helper is the real one. */
async function withSticks(t: TestContext, env: Record<string, string> = {}) {
  const second = testDisk(STICK_BYTES)
  const machine = helperMachine(STICK_BYTES, [second])
  t.after(() => {
    machine[Symbol.dispose]()
    second[Symbol.dispose]()
  })
  const built = join(tempDir(t), 'built')
  mkdirSync(built)
  const medium = writeMedium(join(built, NAME), '1.0.0')
  const disk = (path: string, serial: string) => drive(path, { serial, sizeBytes: STICK_BYTES })
  const server = await testServer(t, {
    env,
    dirs: { builtMedia: built },
    releaseTiming: { retryMs: 1, stallMs: 60_000 },
    helper: { command: process.execPath, args: [HELPER, '--test-targets'], env: machine.env },
    drives: { list: async () => [disk(machine.disk.path, 'S1'), disk(second.path, 'OTHER1')] },
  })
  const desk = await server.atTheDesk()
  const post = (path: string, json: object, method = 'POST') =>
    desk.ask(path, { method, json, headers: { origin: server.base } })
  const target = { path: machine.disk.path, serial: 'S1', size_bytes: STICK_BYTES }
  const other = { path: second.path, serial: 'OTHER1', size_bytes: STICK_BYTES }
  return { server, machine, second, built, medium, desk, post, target, other }
}

async function burnWhen(desk: Client, when: (burn: Burn) => boolean): Promise<Burn> {
  for (;;) {
    const { burns } = stickRoutes.burns.output.parse((await desk.ask('/api/desk/sticks/burns')).json())
    if (burns[0] !== undefined && when(burns[0])) return burns[0]
    await setTimeout(50)
  }
}
const ended = (burn: Burn) => burn.finished_at !== null
const media = async (desk: Client) => (await desk.ask('/api/desk/sticks/media')).json<StickMedia>()

test(
  'two sticks are burnt from the medium built here, with a catalog image, then one is updated',
  NEEDS_ROOT,
  async (t) => {
    await using origin = await startOrigin((_request, response) =>
      response.writeHead(200, { 'content-length': IMAGE.length }).end(IMAGE),
    )
    const { server, machine, second, medium, desk, post, target, other } = await withSticks(t, {
      BTY_CACHE_MODE: 'embedded',
    })
    server.running.deps.store.catalog.insert({
      ...{
        bty_image_ref: REF,
        src: `${origin.url}/lab.img`,
        resolved_src: null,
        disk_image_sha: sha256(IMAGE),
      },
      ...{
        name: 'lab',
        sha_url: null,
        format: 'img',
        size_bytes: IMAGE.length,
        description: null,
        arch: null,
      },
    })
    deepEqual(
      (await media(desk)).media.map(({ name, origin: from, version, live_bytes }) => [
        name,
        from,
        version,
        live_bytes,
      ]),
      [[NAME, 'built', '1.0.0', medium.liveBytes]],
    )
    const inspect = async () =>
      (await post('/api/desk/sticks/inspect', target)).json<{ stick: StickFacts | null }>().stick
    equal(await inspect(), null)

    const wish = { medium: { name: NAME }, images: [REF], targets: [target, other] }
    const begun = await post('/api/desk/sticks/burns', wish)
    equal(begun.status, 202, begun.text)
    match((await post('/api/desk/sticks/burns', wish)).text, /is being burnt already/)
    const burn = await burnWhen(desk, ended)
    equal(burn.status, 'completed', JSON.stringify(burn))
    deepEqual(
      burn.targets.map(({ phase, state, model }) => [phase, state, model]),
      [
        ['done', 'written', 'Test stick'],
        ['done', 'written', 'Test stick'],
      ],
    )
    for (const disk of [machine.disk, second]) {
      stickIsSound(disk.content(), medium.liveBytes)
      ok(filesOn(disk.content(), medium.liveBytes).get('lab.img')!.equals(IMAGE))
    }
    const stick = await inspect()
    deepEqual([stick?.version, stick?.files[0]?.name, stick?.dirty], ['1.0.0', 'lab.img', false])

    const before = machine.disk.content()
    const newer = join(tempDir(t), 'newer.iso')
    writeMedium(newer, '1.1.0')
    const update = { medium: { path: newer }, targets: [{ ...target, update: true }] }
    equal((await post('/api/desk/sticks/burns', update)).status, 202)
    equal((await burnWhen(desk, (one) => one.medium === newer && ended(one))).status, 'completed')
    equal((await inspect())?.version, '1.1.0')
    ok(machine.disk.content().subarray(medium.liveBytes).equals(before.subarray(medium.liveBytes)))
    const kinds = server.running.deps.store.events.list({ limit: 20 }).map(({ kind }) => kind)
    equal(kinds.filter((kind) => kind === 'desk.burn.completed').length, 2, kinds.join())
  },
)

test('a built-in drive is burnt only when that is said', NEEDS_ROOT, async (t) => {
  const { machine, desk, post, target } = await withSticks(t)
  machine.setRemovable(false)
  const wish = { medium: { name: NAME }, targets: [target] }
  equal((await post('/api/desk/sticks/burns', wish)).status, 202)
  const burn = await burnWhen(desk, ended)
  deepEqual([burn.status, burn.targets[0]!.state], ['failed', 'untouched'])
  match(burn.error!, /is no removable drive/)
  ok(machine.disk.content().every((byte) => byte === OLD_BYTE))
})

test('a burn is cancelled: the stick cannot boot', NEEDS_ROOT, async (t) => {
  const { desk, post, target, server, machine } = await withSticks(t)
  await post('/api/desk/sticks/burns', { medium: { name: NAME }, targets: [target] })
  const { id } = await burnWhen(desk, () => true)
  const cancel = await desk.ask(`/api/desk/sticks/burns/${id}`, {
    method: 'DELETE',
    headers: { origin: server.base },
  })
  equal(cancel.status, 200)
  equal((await burnWhen(desk, ended)).status, 'cancelled')
  ok(
    !machine.disk
      .content()
      .subarray(510, 512)
      .equals(Buffer.from([0x55, 0xaa])),
  )
})

const wrong: [rule: string, change: object, status: number, text: RegExp][] = [
  ['a medium that is not there', { medium: { name: 'none.iso' } }, 404, /no live medium is called none\.iso/],
  ['an address as a file of this laptop', { medium: { path: 'http://h/x.iso' } }, 422, /no absolute path/],
  ['an image that is not in the catalog', { images: ['e'.repeat(64)] }, 404, /no catalog image/],
  ['no stick', { targets: [] }, 422, /targets/],
]
test('wishes that cannot be met are answered with the reason', NEEDS_ROOT, async (t) => {
  const { post, target } = await withSticks(t)
  for (const [rule, change, status, text] of wrong) {
    const wish = { medium: { name: NAME }, targets: [target], ...change }
    const answer = await post('/api/desk/sticks/burns', wish)
    deepEqual([answer.status, text.test(answer.text)], [status, true], `${rule}: ${answer.text}`)
  }
})

test('a medium that was cut is listed with the reason', NEEDS_ROOT, async (t) => {
  const { built, desk } = await withSticks(t)
  writeFileSync(
    join(built, 'bty-usbboot-pc-x86_64-v0.9.0.iso'),
    testMedium('0.9.0').content.subarray(0, 20 * MiB),
  )
  const cut = (await media(desk)).media.find(({ version }) => version === '0.9.0')!
  equal(cut.live_bytes, null)
  match(cut.problem!, /its partitions need/)
})

async function fetched(desk: Client): Promise<StickMedia> {
  for (;;) {
    const view = stickRoutes.stickMedia.output.parse((await desk.ask('/api/desk/sticks/media')).json())
    if (view.fetch !== null && view.fetch.status !== 'running') return view
    await setTimeout(50)
  }
}

test('the medium of a release is fetched, verified and offered', NEEDS_ROOT, async (t) => {
  const origin = await releaseOrigin(t)
  const { server, desk, post } = await withSticks(t, { BTY_NETBOOT_RELEASE_BASE: origin.base })
  const { content } = testMedium('2.0.0')
  const name = 'bty-usbboot-pc-x86_64-v2.0.0.iso'
  origin.publish('2.0.0', { files: { [name]: content, [`${name}.sha256`]: `${sha256(content)}  ${name}\n` } })
  equal((await post('/api/desk/sticks/media/fetch', { tag: 'v2.0.0' })).status, 202)
  const view = await fetched(desk)
  equal(view.fetch!.status, 'completed', view.fetch!.error ?? '')
  deepEqual(view.media.map(({ name: each, origin: from }) => [each, from]).toSorted(), [
    [NAME, 'built'],
    [name, 'fetched'],
  ])

  origin.publish('2.1.0', {
    files: {
      [name.replace('2.0.0', '2.1.0')]: content,
      [`${name.replace('2.0.0', '2.1.0')}.sha256`]: `${'0'.repeat(64)}  ${name.replace('2.0.0', '2.1.0')}\n`,
    },
  })
  await post('/api/desk/sticks/media/fetch', { tag: 'v2.1.0' })
  const damaged = await fetched(desk)
  equal(damaged.fetch!.status, 'failed')
  match(damaged.fetch!.error!, /sha256 mismatch/)
  ok(!existsSync(join(server.dir, 'state/sticks', name.replace('2.0.0', '2.1.0'))))
})

test('a release without a medium says so', NEEDS_ROOT, async (t) => {
  const origin = await releaseOrigin(t)
  const { desk, post } = await withSticks(t, { BTY_NETBOOT_RELEASE_BASE: origin.base })
  origin.publish('2.0.0')
  await post('/api/desk/sticks/media/fetch', { tag: 'v2.0.0' })
  match((await fetched(desk)).fetch!.error!, /404/)
})
