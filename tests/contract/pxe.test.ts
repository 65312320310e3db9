import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import fs, { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { trio } from '../../server/boot/artifacts.ts'
import type { ServerOptions } from '../../server/start.ts'
import { VERSION } from '../../server/version.ts'
import { MAC, testServer, type TestServer } from './server.ts'

const BOOT_A = '0a0a0a0a-0000-4000-8000-000000000001'
const BOOT_B = '0b0b0b0b-0000-4000-8000-000000000002'
const files = trio(VERSION)
const disk = { path: '/dev/sda', size: '8G', serial: 'S1', colour: 'blue' }

interface Bench extends TestServer {
  bootDir: string
  /** Kinds of the machine's events, oldest first; the offers of boot scripts left out. */
  kinds(): string[]
  sample(phase: string, seq: number, boot?: string, error?: object | null): object
}

/** A server with a live medium installed and a clock that the test turns. */
async function bench(
  t: TestContext,
  env: Record<string, string> = {},
  options: Pick<ServerOptions, 'uploadIdleMs'> = {},
): Promise<Bench & { turn(ms: number): void }> {
  let nowMs = Date.UTC(2026, 10, 21)
  const server = await testServer(t, { env, now: () => nowMs, ...options })
  const bootDir = join(server.dir, 'state', 'boot')
  for (const name of [files.kernel, files.initrd, files.squashfs])
    writeFileSync(join(bootDir, name), `<${name}>`)
  return {
    ...server,
    bootDir,
    turn: (ms) => void (nowMs += ms),
    kinds: () =>
      server.running.deps.store.events
        .list({ limit: 500 })
        .map(({ kind }) => kind)
        .filter((kind) => !/^(?:netboot\.pxe|auth)\./.test(kind))
        .reverse(),
    sample: (phase, seq, boot = BOOT_A, error = null) => ({
      v: 1,
      boot,
      seq,
      phase,
      bytes_read: seq,
      bytes_read_total: 100,
      bytes_written: seq,
      bytes_written_total: null,
      error,
    }),
  }
}

const post = (json?: unknown, headers: Record<string, string> = {}) => ({ method: 'POST', json, headers })

test('an unknown machine is discovered by its boot script, in any spelling of its MAC', async (t) => {
  const { anyone, running, kinds } = await bench(t)
  const { status, headers, text } = await anyone.ask('/pxe/AA-BB-CC-DD-EE-FF')
  deepEqual([status, headers['content-type']], [200, 'text/plain; charset=utf-8'])
  match(text, /^#!ipxe\n/)
  ok(text.includes(`/boot/${files.kernel}?mac=${MAC} `))
  const machine = running.deps.store.machines.get(MAC)!
  deepEqual([machine.boot_mode, machine.last_seen_ip], ['bty-inventory', '127.0.0.1'])
  deepEqual(kinds(), ['machine.discovered'])
})

test('twenty first contacts at once make one row and one discovery', async (t) => {
  const { anyone, running, kinds } = await bench(t)
  const paths = Array.from({ length: 20 }, (_, n) => `/pxe/${MAC}${n % 2 === 0 ? '' : '/plan'}`)
  const answers = await Promise.all(paths.map((path) => anyone.ask(path)))
  ok(answers.every(({ status }) => status === 200))
  equal(running.deps.store.machines.list().length, 1)
  deepEqual(kinds(), ['machine.discovered'])
})

const WRONG_MACS = [
  'aabbccddeeff',
  'aabb.ccdd.eeff',
  'aa:bb:cc:dd:ee:f',
  'aa:bb:cc:dd:ee:gg',
  '%20aa:bb:cc:dd:ee:ff',
  'x',
]
for (const wrong of WRONG_MACS)
  test(`${wrong} is no MAC: 400 everywhere, nothing written`, async (t) => {
    const { anyone, running } = await bench(t)
    const asked = [
      anyone.ask(`/pxe/${wrong}`),
      anyone.ask(`/pxe/${wrong}/plan`),
      anyone.ask(`/pxe/${wrong}/done`, { method: 'POST' }),
      anyone.ask(`/pxe/${wrong}/inventory`, post({})),
    ]
    for (const { status, json } of await Promise.all(asked)) {
      equal(status, 400)
      match(json<{ detail: string }>().detail, /^invalid MAC: '/)
    }
    deepEqual([running.deps.store.machines.list(), running.deps.store.events.list({ limit: 9 })], [[], []])
  })

test('kernel and initrd of an installed trio arm once, by GET or HEAD', async (t) => {
  const { anyone, running, kinds } = await bench(t)
  await anyone.ask(`/pxe/${MAC}`)
  const armed = () => running.deps.store.machines.get(MAC)!.saw_flasher_boot
  await anyone.ask(`/boot/${files.squashfs}?mac=${MAC}`)
  await anyone.ask(`/boot/${files.kernel}?mac=nonsense`)
  await anyone.ask(`/boot/${files.kernel}`)
  const { status } = await anyone.ask(`/boot/${trio('9.9.9').kernel}?mac=${MAC}`)
  deepEqual([armed(), status], [false, 404])
  const head = await anyone.ask(`/boot/${files.kernel}?mac=AA-BB-CC-DD-EE-FF`, { method: 'HEAD' })
  deepEqual([head.status, head.text, armed()], [200, '', true])
  equal((await anyone.ask(`/boot/${files.initrd}?mac=${MAC}`)).text, `<${files.initrd}>`)
  deepEqual(kinds(), ['machine.discovered', 'netboot.flasher.armed'])
})

test('fetching an artifact makes no machine', async (t) => {
  const { anyone, running } = await bench(t)
  equal((await anyone.ask(`/boot/${files.kernel}?mac=${MAC}`)).status, 200)
  deepEqual(running.deps.store.machines.list(), [])
})

test('a machine goes through inventory and one flash', async (t) => {
  const { anyone, signedIn, running, kinds } = await bench(t)
  const { store } = running.deps
  await anyone.ask(`/pxe/${MAC}`)
  await anyone.ask(`/boot/${files.kernel}?mac=${MAC}`)
  deepEqual((await anyone.ask(`/pxe/${MAC}/plan`)).json(), { mode: 'inventory' })
  const lshw = { id: 'x', class: 'system' }
  equal((await anyone.ask(`/pxe/${MAC}/inventory`, post({ disks: [disk], lshw }))).status, 204)
  equal(store.machines.lshw(MAC), '{"class":"system","id":"x"}')
  equal(JSON.stringify(store.machines.get(MAC)!.known_disks), KNOWN)
  match((await anyone.ask(`/pxe/${MAC}`)).text, /sanboot/)

  const operator = await signedIn()
  const image_url = 'http://images.example/demo.img'
  store.catalog.insert({ ...IMAGE, src: image_url, resolved_src: image_url })
  const wish = { bty_image_ref: IMAGE.bty_image_ref, boot_mode: 'bty-flash-once', target_disk_serial: 'S1' }
  equal((await operator.ask(`/machines/${MAC}`, { method: 'PUT', json: wish })).status, 200)
  match((await anyone.ask(`/pxe/${MAC}`)).text, /\nkernel /)
  await anyone.ask(`/boot/${files.kernel}?mac=${MAC}`)
  equal((await anyone.ask(`/pxe/${MAC}/plan`)).json()['mode'], 'flash')
  // The answer to the first got lost; the report comes again, and on the other way too.
  const asBoot = { 'x-bty-boot': BOOT_A }
  for (let n = 0; n < 2; n++)
    equal((await anyone.ask(`/pxe/${MAC}/done`, post(undefined, asBoot))).status, 204)
  equal((await anyone.ask(`/pxe/${MAC}/status`, post({ status: 'done' }, asBoot))).status, 204)
  for (let n = 0; n < 2; n++) match((await anyone.ask(`/pxe/${MAC}`)).text, /sanboot/)
  deepEqual(kinds(), [
    'machine.discovered',
    'netboot.flasher.armed',
    'machine.inventory',
    'machine.upserted',
    'netboot.flasher.armed',
    'machine.flashed',
  ])
})

const KNOWN =
  '[{"model":null,"path":"/dev/sda","readonly":false,"removable":false,"serial":"S1","size":"8G","tran":null,"vendor":null}]'
const IMAGE = {
  bty_image_ref: 'c'.repeat(64),
  src: '',
  resolved_src: null as string | null,
  disk_image_sha: null,
  name: 'demo.img',
  sha_url: null,
  format: 'img',
  size_bytes: null,
  description: null,
  arch: null,
}

test('an inventory without hardware keeps the hardware; one too large is skipped', async (t) => {
  const { anyone, running } = await bench(t)
  await anyone.ask(`/pxe/${MAC}`)
  const kept = () => running.deps.store.machines.lshw(MAC)
  const events = () => running.deps.store.events.list({ kind: 'machine.inventory', limit: 1 })[0]!.details
  await anyone.ask(`/pxe/${MAC}/inventory`, post({ lshw: { a: 1 } }))
  deepEqual([kept(), events()], ['{"a":1}', { count: 0, serials: [], lshw: true }])
  const bodies = ['{}', '{"lshw":null}', JSON.stringify({ lshw: ['x'.repeat(4 * 1024 * 1024)] })]
  for (const body of bodies) {
    const headers = { 'content-type': 'application/json' }
    const { status } = await anyone.ask(`/pxe/${MAC}/inventory`, { method: 'POST', body, headers })
    deepEqual([status, kept(), events()?.['lshw']], [204, '{"a":1}', false])
  }
})

const REPORTS: [path: string, json: unknown, signal: string][] = [
  ['done', undefined, 'done'],
  ['inventory', { disks: [disk] }, 'inventory'],
  ['status', { status: 'failed', reason: 'no such disk' }, 'failed'],
]
for (const [path, json, signal] of REPORTS)
  test(`${path} of an unknown machine is 404, recorded, and makes no machine`, async (t) => {
    const { anyone, running, kinds } = await bench(t)
    const { status, json: body } = await anyone.ask(`/pxe/${MAC}/${path}`, post(json))
    deepEqual([status, body()], [404, { detail: `no machine record for ${MAC}` }])
    deepEqual([running.deps.store.machines.list(), kinds()], [[], ['pxe.client.orphan']])
    equal(running.deps.store.events.list({ limit: 1 })[0]!.details!['signal'], signal)
  })

test('progress of an unknown machine is 404', async (t) => {
  const { anyone, sample } = await bench(t)
  equal((await anyone.ask(`/pxe/${MAC}/progress`, post(sample('write', 1)))).status, 404)
})

test('more than two progress reports in a second are 429, and another second takes more', async (t) => {
  const { anyone, sample, turn } = await bench(t)
  await anyone.ask(`/pxe/${MAC}`)
  const report = async (seq: number) =>
    (await anyone.ask(`/pxe/${MAC}/progress`, post(sample('write', seq)))).status
  deepEqual([await report(1), await report(2), await report(3)], [204, 204, 429])
  turn(1000)
  equal(await report(3), 204)
})

test('phases become events, samples do not; done completes the cycle once', async (t) => {
  const { anyone, sample, turn, kinds, running } = await bench(t)
  await anyone.ask(`/pxe/${MAC}`)
  const phases = ['plan', 'write', 'write', 'verify', 'done', 'done']
  for (const [n, phase] of phases.entries()) {
    turn(1000)
    equal((await anyone.ask(`/pxe/${MAC}/progress`, post(sample(phase, n)))).status, 204)
  }
  await anyone.ask(`/pxe/${MAC}/done`, post(undefined, { 'x-bty-boot': BOOT_A.toUpperCase() }))
  deepEqual(kinds(), [
    'machine.discovered',
    ...['machine.progress', 'machine.progress', 'machine.progress'],
    'machine.flashed',
  ])
  equal(running.deps.store.machines.get(MAC)!.done_boot, BOOT_A)
})

test('a failure is recorded once a boot, with its text, and is no flash', async (t) => {
  const { anyone, sample, turn, kinds, running } = await bench(t)
  await anyone.ask(`/pxe/${MAC}`)
  const fail = async (boot: string) => {
    turn(1000)
    const error = { code: 'too-small', text: 'the disk is too small' }
    await anyone.ask(`/pxe/${MAC}/progress`, post(sample('failed', 1, boot, error)))
    await anyone.ask(
      `/pxe/${MAC}/status`,
      post({ status: 'failed', reason: 'again' }, { 'x-bty-boot': boot }),
    )
  }
  await fail(BOOT_A)
  await fail(BOOT_B)
  deepEqual(kinds(), ['machine.discovered', 'machine.flash_failed', 'machine.flash_failed'])
  const [event] = running.deps.store.events.list({ limit: 1 })
  deepEqual(event!.details, { reason: 'the disk is too small', code: 'too-small' })
  equal(running.deps.store.machines.get(MAC)!.last_flashed_at, null)
})

const BAD_BODIES: [what: string, path: string, body: string, status: number][] = [
  ['no JSON', 'inventory', '{"disks":', 422],
  ['an unknown key', 'inventory', '{"discs":[]}', 422],
  ['65 disks', 'inventory', JSON.stringify({ disks: Array.from({ length: 65 }, () => disk) }), 422],
  ['a disk without path', 'inventory', '{"disks":[{}]}', 422],
  ['33 MiB', 'inventory', ' '.repeat(33 * 1024 * 1024), 413],
  ['2 MiB of progress', 'progress', ' '.repeat(2 * 1024 * 1024), 413],
  ['progress without boot', 'progress', '{"v":1}', 422],
  ['a status that is none', 'status', '{"status":"maybe"}', 422],
]
for (const [what, path, body, status] of BAD_BODIES)
  test(`${what} is ${status} and changes nothing`, async (t) => {
    const { anyone, running } = await bench(t)
    await anyone.ask(`/pxe/${MAC}`)
    const before = running.deps.store.machines.get(MAC)
    const headers = { 'content-type': 'application/json' }
    const answer = await anyone.ask(`/pxe/${MAC}/${path}`, { method: 'POST', body, headers })
    equal(answer.status, status)
    deepEqual(running.deps.store.machines.get(MAC), before)
  })

test('an artifact has length, validators and ranges', async (t) => {
  const { anyone, bootDir } = await bench(t)
  writeFileSync(join(bootDir, 'ipxe.efi'), '0123456789')
  const whole = await anyone.ask('/boot/ipxe.efi')
  equal(whole.text, '0123456789')
  equal(whole.headers['content-type'], 'application/octet-stream')
  equal(whole.headers['content-length'], '10')
  equal(whole.headers['accept-ranges'], 'bytes')
  equal(whole.headers['content-disposition'], 'attachment; filename="ipxe.efi"')
  ok(whole.headers['last-modified'])
  const part = await anyone.ask('/boot/ipxe.efi', { headers: { range: 'bytes=2-4' } })
  deepEqual([part.status, part.text, part.headers['content-range']], [206, '234', 'bytes 2-4/10'])
  equal((await anyone.ask('/boot/ipxe.efi', { headers: { range: 'bytes=20-' } })).status, 416)
  const again = { 'if-none-match': String(whole.headers['etag']) }
  equal((await anyone.ask('/boot/ipxe.efi', { headers: again })).status, 304)
  const head = await anyone.ask('/boot/ipxe.efi', { method: 'HEAD' })
  deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '10'])
})

test("iPXE's binaries and its autoexec are there without being installed", async (t) => {
  const { anyone, dir, bootDir } = await bench(t)
  writeFileSync(join(dir, 'ipxe', 'ipxe.efi'), 'shipped')
  equal((await anyone.ask('/boot/ipxe.efi')).text, 'shipped')
  writeFileSync(join(bootDir, 'ipxe.efi'), 'installed')
  equal((await anyone.ask('/boot/ipxe.efi')).text, 'installed')
  match((await anyone.ask('/boot/autoexec.ipxe')).text, /^#!ipxe\n(?:.*\n)*chain http:\/\/127\.0\.0\.1:\d+\//)
})

test('GRUB of a machine with Secure Boot on is met and sent on like iPXE', async (t) => {
  const { anyone } = await bench(t)
  const { text } = await anyone.ask(`/pxe/${MAC}/grub.cfg`)
  match(text, /^ {2}if linux \(\$\{bty_net\}\)\/boot\/bty-netboot-pc-x86_64-v/m)
  equal((await anyone.ask('/pxe/not-a-mac/grub.cfg')).status, 400)
})

test('the architecture of the bootstrap reaches the names of the trio', async (t) => {
  const { anyone } = await bench(t)
  match((await anyone.ask('/pxe-bootstrap.ipxe')).text, /\/pxe\/\$\{mac:hexhyp\}\n$/)
  match((await anyone.ask('/pxe-bootstrap.ipxe?arch=arm64')).text, /\/pxe\/\$\{mac:hexhyp\}\?arch=arm64\n$/)
  match((await anyone.ask(`/pxe/${MAC}?arch=arm64`)).text, /bty-netboot-pc-arm64-v/)
})

const TRAVERSALS = [
  '..',
  '%2e%2e',
  '..%2fstate.db',
  '%2fetc%2fpasswd',
  '..%5cstate.db',
  'a%00b',
  '.',
  'nope',
  'sub',
]
for (const name of TRAVERSALS)
  test(`/boot/${name} gives nothing away`, async (t) => {
    const { base, bootDir } = await bench(t)
    mkdirSync(join(bootDir, 'sub'))
    // By hand: every client library tidies such a path before it asks.
    const { port, host } = new URL(base)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET /boot/${name} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    const text = Buffer.concat(await socket.toArray()).toString()
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
    ok([400, 404, 405].includes(status), `${status}`)
    match(text, /"detail"/)
  })

test('a link that leads out of the boot folder is 400', async (t) => {
  const { anyone, dir, bootDir } = await bench(t)
  writeFileSync(join(dir, 'secret'), 'x')
  symlinkSync(join(dir, 'secret'), join(bootDir, 'link'))
  equal((await anyone.ask('/boot/link')).status, 400)
})

test('an upload needs an operator and appears whole', async (t) => {
  const { anyone, signedIn, bootDir } = await bench(t)
  equal((await anyone.ask('/boot/new.efi', { method: 'PUT', body: 'abc' })).status, 401)
  const operator = await signedIn()
  const { status, json } = await operator.ask('/boot/new.efi', { method: 'PUT', body: 'abc' })
  deepEqual([status, json()], [200, { name: 'new.efi', size_bytes: 3, path: join(bootDir, 'new.efi') }])
  equal((await operator.ask('/boot/a%5Cb', { method: 'PUT', body: 'abc' })).status, 400)
  equal(readFileSync(join(bootDir, 'new.efi'), 'utf8'), 'abc')
})

test('an uploaded trio is named by the next boot script', async (t) => {
  const { anyone, signedIn } = await bench(t)
  const operator = await signedIn()
  const { kernel, initrd, squashfs } = trio('99.0.0')
  for (const name of [kernel, initrd, squashfs])
    await operator.ask(`/boot/${name}`, { method: 'PUT', body: 'x' })
  ok((await anyone.ask(`/pxe/${MAC}`)).text.includes(kernel))
})

test('an upload over the limit is 413 and leaves what was there', async (t) => {
  const { base, signedIn, bootDir } = await bench(t, { BTY_TUNING_MAX_UPLOAD_BYTES: '4' })
  writeFileSync(join(bootDir, 'big'), 'old')
  const operator = await signedIn()
  const { status, json } = await operator.ask('/boot/big', { method: 'PUT', body: 'abcde' })
  equal(status, 413)
  match(
    json<{ detail: string }>().detail,
    /^upload exceeded 4 bytes \(BTY_TUNING_MAX_UPLOAD_BYTES\)\. Aborted at \d/,
  )
  const socket = upload(base, operator.cookie, 'big')
  socket.write('3\r\nabc\r\n3\r\ndef\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  match(answer.toString(), /^HTTP\/1\.1 413 /)
  socket.destroy()
  equal(readFileSync(join(bootDir, 'big'), 'utf8'), 'old')
  deepEqual(
    readdirSync(bootDir).filter((name) => name.endsWith('.partial')),
    [],
  )
})

test('an uploader that goes away leaves nothing behind', async (t) => {
  const { base, signedIn, bootDir } = await bench(t)
  writeFileSync(join(bootDir, 'kept'), 'old')
  const { cookie } = await signedIn()
  const socket = upload(base, cookie, 'kept')
  socket.write('3\r\nabc\r\n')
  const partial = join(bootDir, 'kept.partial')
  await until(() => existsSync(partial))
  socket.destroy()
  await until(() => !existsSync(partial))
  equal(readFileSync(join(bootDir, 'kept'), 'utf8'), 'old')
})

test('an uploader that falls silent is given up, and leaves nothing behind', async (t) => {
  const { base, signedIn, bootDir } = await bench(t, {}, { uploadIdleMs: 500 })
  writeFileSync(join(bootDir, 'kept'), 'old')
  const operator = await signedIn()
  const socket = upload(base, operator.cookie, 'kept')
  const closed = once(socket, 'close')
  socket.resume()
  socket.write('3\r\nabc\r\n')
  await closed
  await until(() => !existsSync(join(bootDir, 'kept.partial')))
  equal(readFileSync(join(bootDir, 'kept'), 'utf8'), 'old')
  equal((await operator.ask('/boot/kept', { method: 'PUT', body: 'new' })).status, 200)
})

test('two uploads that would share a partial file are not taken at once', async (t) => {
  const { base, signedIn, bootDir } = await bench(t)
  const operator = await signedIn()
  const socket = upload(base, operator.cookie, 'a')
  socket.write('3\r\nabc\r\n')
  await until(() => existsSync(join(bootDir, 'a.partial')))
  for (const name of ['a', 'a.partial'])
    equal((await operator.ask(`/boot/${name}`, { method: 'PUT', body: 'x' })).status, 409, name)
  socket.destroy()
  await until(() => !existsSync(join(bootDir, 'a.partial')))
})

test('a name that the file system does not take is 400', async (t) => {
  const operator = await (await bench(t)).signedIn()
  equal((await operator.ask(`/boot/${'a'.repeat(255)}`, { method: 'PUT', body: 'x' })).status, 400)
})

test('a file that cannot be read to its end breaks the connection', async (t) => {
  const { base, bootDir } = await bench(t)
  writeFileSync(join(bootDir, 'bad-sector'), Buffer.alloc(4096))
  t.mock.method(fs, 'createReadStream', () => {
    const stream = new Readable({ read: () => undefined })
    stream.push('first')
    setImmediate(() => stream.destroy(new Error('EIO: i/o error, read')))
    return stream
  })
  const { port, host } = new URL(base)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET /boot/bad-sector HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const text = Buffer.concat(await socket.toArray()).toString()
  match(text, /^HTTP\/1\.1 200 .*\r\nContent-Length: 4096\r\n/s)
  ok(text.endsWith('\r\n\r\nfirst'), 'nothing but bytes of the file may follow the head')
})

/** A chunked upload whose body the test writes. */
function upload(base: string, cookie: string, name: string): Socket {
  const { port, host } = new URL(base)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  const head = [
    `PUT /boot/${name} HTTP/1.1`,
    `Host: ${host}`,
    `Cookie: ${cookie}`,
    'Transfer-Encoding: chunked',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  return socket
}

/** Turns the event loop until something is so; the runner's time limit ends a wait in vain. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}
