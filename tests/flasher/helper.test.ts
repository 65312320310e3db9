import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { HelperClient } from '../../flasher/helper/client.ts'
import type { HelperPlan } from '../../flasher/helper/messages.ts'
import { encodeTftp } from '../../server/netboot/tftp/packet.ts'
import { OLD_BYTE, testDisk } from '../../flasher/testing/disk.ts'
import { noise, sha256, testImage } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { HELPER, helperMachine } from './helper-machine.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 40 * MiB
const IMAGE = testImage()

const serve = (bytes: Buffer) =>
  startOrigin((_request, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes))
/** Sends most of an image and then nothing more. */
const stuck = () =>
  startOrigin((_request, response) => {
    response.writeHead(200, { 'content-length': 32 * MiB })
    response.write(noise(24 * MiB))
  })
const isEmpty = (bytes: Buffer) => bytes.every((byte) => byte === 0)
const isOld = (bytes: Buffer) => bytes.every((byte) => byte === OLD_BYTE)

/** Starts a flash and resolves when bytes are on the disk. */
function flashUntilWriting(client: HelperClient, plan: HelperPlan, signal?: AbortSignal) {
  const writing = Promise.withResolvers<void>()
  const answer = client.flash(plan, {
    ...(signal && { signal }),
    onProgress: (progress) => {
      if (progress.bytesWritten > 0) writing.resolve()
    },
  })
  answer.then(
    () => writing.reject(new Error('the flash ended')),
    (error: unknown) => writing.reject(error as Error),
  )
  writing.promise.catch(() => {})
  return { answer, writing: writing.promise }
}

// -- the first line ---------------------------------------------------------------------------------------------------

const strangers: [rule: string, script: string, message: RegExp][] = [
  [
    'another version',
    `console.log('{"v":1,"kind":"hello"}')`,
    /speaks version 1 of the protocol, this program 2/,
  ],
  ['another program', `console.log('Linux')`, /its first line is no hello/],
  ['an incomplete hello', `console.log('{"v":2,"kind":"hello"}')`, /incomplete/],
  ['a program that ends', `console.error('not allowed'); process.exitCode = 3`, /ended with 3: not allowed/],
  ['a program that says nothing', '', /said nothing in time/],
]
for (const [rule, script, message] of strangers)
  test(`refuses ${rule}`, async () => {
    const body = rule.includes('ends')
      ? script
      : `${script}; process.stdin.on('end', () => process.exit()).resume()`
    await rejects(
      HelperClient.start({
        command: process.execPath,
        args: ['-e', body],
        helloTimeoutMs: rule.includes('nothing') ? 500 : 60_000,
      }),
      { code: 'no-helper', message },
    )
  })

test('refuses a command that does not exist', async () => {
  await rejects(HelperClient.start({ command: '/no/such/helper', args: [] }), {
    code: 'no-helper',
    message: /could not be started/,
  })
})

test('a helper that sends no messages of the protocol is ended by its closed input', async () => {
  const hello = { v: 2, kind: 'hello', version: '0', pid: 1, platform: 'x', mode: 'disks', elevated: true }
  const script = `console.log('${JSON.stringify(hello)}'); process.on('SIGTERM', () => {});
    process.stdin.on('data', () => console.log('what?')).on('end', () => process.exit(7))`
  const client = await HelperClient.start({ command: process.execPath, args: ['-e', script] })
  await rejects(client.list(), { code: 'died', message: /lost while listing disks: it ended with 7/ })
  match(await client.ended, /ended with 7/)
})

// -- what it is asked ---------------------------------------------------------------------------------------------------

test('answers lines that it does not understand and goes on', async () => {
  const child = spawn(process.execPath, [HELPER], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value as string)
  const hello = await next()
  deepEqual([hello.v, hello.kind, hello.pid, hello.mode], [2, 'hello', child.pid, 'disks'])
  const ask = async (line: string) => {
    child.stdin.write(`${line}\n`)
    return (await next()) as { id: number | null; error?: { code: string; text: string }; ok?: unknown }
  }
  match((await ask('hello?')).error!.text, /no JSON/)
  match((await ask('x'.repeat(2 * MiB))).error!.text, /a line of 2097152 bytes; at most 1048576 are read/)
  deepEqual(await ask('{"id":3,"method":"sh"}').then(({ id, error }) => [id, error!.code]), [
    3,
    'bad-request',
  ])
  deepEqual((await ask('{"id":4,"method":"cancel","flash":9}')).ok, { cancelled: false })
  ok(Array.isArray((await ask('{"id":5,"method":"list"}')).ok))
  deepEqual((await ask('{"id":6,"method":"quit"}')).ok, {})
  deepEqual(await once(child, 'close'), [0, null])
})

test('a file is refused as a target unless the helper was started for tests', async () => {
  await using client = await HelperClient.start({ command: process.execPath, args: [HELPER] })
  const dir = mkdtempSync(join(tmpdir(), 'bty-helper-'))
  const path = join(dir, 'disk')
  writeFileSync(path, Buffer.alloc(DISK_BYTES))
  try {
    const target = { path, serial: null, sizeBytes: DISK_BYTES }
    await rejects(client.flash({ src: path, format: 'img', sha256: null, targets: [target] }), {
      code: 'refused',
      message: /is no disk of this machine/,
    })
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('lists the disks, and refuses one that is not there or not the confirmed one', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await serve(IMAGE)
  await using client = await machine.start()
  deepEqual(
    (await client.list()).map(({ path, serial, marks }) => ({ path, serial, marks })),
    [{ path: machine.disk.path, serial: 'S1', marks: [] }],
  )
  const src = `${origin.url}/a.img`
  const refused = (target: object, message: RegExp) =>
    rejects(client.flash(machine.plan(src, target)), { code: 'refused', message })
  await refused({ path: '/dev/sdzz' }, /does not exist/)
  await refused({ sizeBytes: 1 }, /has size 41943040; confirmed was 1/)
  await refused({ serial: null }, /cannot be told from another disk/)
  machine.setSerial('S2')
  await refused({}, /has serial S2; confirmed was S1/)
  deepEqual(origin.requests, [])
  ok(isOld(machine.disk.content()))
})

test('flashes the confirmed disk byte for byte and tells how far it is', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await serve(IMAGE)
  await using client = await machine.start()
  const phases = new Set<string>()
  const plan = { ...machine.plan(`${origin.url}/a.img`), sha256: sha256(IMAGE) }
  const answer = await client.flash(plan, { onProgress: ({ phase }) => phases.add(phase) })
  deepEqual(
    answer.targets.map(({ path, ok, state, sizeBytes, verified, error }) => [
      path,
      ok,
      state,
      sizeBytes,
      verified,
      error,
    ]),
    [[machine.disk.path, true, 'written', IMAGE.length, true, null]],
  )
  ok(machine.disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  deepEqual([...phases], ['download', 'write', 'verify', 'done'])
})

test('one plan writes several disks, each with its own fate', NEEDS_ROOT, async () => {
  using second = testDisk(DISK_BYTES)
  using machine = helperMachine(DISK_BYTES, [second])
  await using origin = await serve(IMAGE)
  await using client = await machine.start()
  const plan = machine.plan(`${origin.url}/a.img`)
  const other = { path: second.path, serial: 'OTHER1', sizeBytes: DISK_BYTES }
  const twice = { ...plan, targets: [...plan.targets, ...plan.targets] }
  await rejects(client.flash(twice), { code: 'busy' })
  const answer = await client.flash({ ...plan, targets: [...plan.targets, other] })
  deepEqual(
    answer.targets.map(({ path, state }) => [path, state]),
    [
      [machine.disk.path, 'written'],
      [second.path, 'written'],
    ],
  )
  for (const disk of [machine.disk, second]) ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
  equal(origin.requests.filter((request) => request === 'GET /a.img').length, 1)
})

test('a failed flash is told as the fate of its target', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await serve(IMAGE)
  await using client = await machine.start()
  const answer = await client.flash({ ...machine.plan(`${origin.url}/a.img`), sha256: 'a'.repeat(64) })
  equal(answer.ok, false)
  equal(answer.targets[0]!.error!.code, 'corrupt')
  equal(answer.targets[0]!.state, 'empty')
  ok(isEmpty(machine.disk.content().subarray(0, MiB)))
})

test('a second flash of a disk is refused, and cancelling ends the first', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await stuck()
  await using client = await machine.start()
  const cancel = new AbortController()
  const plan = machine.plan(`${origin.url}/a.img`)
  const { answer, writing } = flashUntilWriting(client, plan, cancel.signal)
  await writing
  await rejects(client.flash(plan), { message: /under way already|held open/ })
  cancel.abort()
  const { targets } = await answer
  equal(targets[0]!.error!.code, 'cancelled')
  ok(isEmpty(machine.disk.content().subarray(0, MiB)))
  equal((await client.list()).length, 1)
})

test('unmounts the confirmed disk only', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using client = await machine.start()
  execFileSync('mkfs.ext4', ['-q', '-F', machine.disk.path])
  const point = mkdtempSync(join(tmpdir(), 'bty-mount-'))
  execFileSync('mount', [machine.disk.path, point])
  try {
    match((await client.list())[0]!.marks.join(), /is in use/)
    await rejects(client.unmount({ ...machine.confirmed, serial: 'S2' }), { code: 'refused' })
    deepEqual(await client.unmount(machine.confirmed), { freed: [point], busy: [] })
  } finally {
    spawnSync('umount', [point])
    rmSync(point, { recursive: true })
  }
})

// -- how it ends --------------------------------------------------------------------------------------------------------

test('SIGTERM cancels, empties the disk, and ends it', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await stuck()
  await using client = await machine.start()
  const { answer, writing } = flashUntilWriting(client, machine.plan(`${origin.url}/a.img`))
  await writing
  process.kill(client.hello.pid, 'SIGTERM')
  equal((await answer).targets[0]!.error!.code, 'cancelled')
  match(await client.ended, /ended with 0/)
  ok(isEmpty(machine.disk.content().subarray(0, MiB)))
})

test('a helper that is killed is an error, and the disk does not boot', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await stuck()
  const client = await machine.start()
  const { answer, writing } = flashUntilWriting(client, machine.plan(`${origin.url}/a.img`))
  await writing
  process.kill(client.hello.pid, 'SIGKILL')
  await rejects(answer, {
    code: 'died',
    message: new RegExp(
      `lost while writing ${machine.disk.path}: it ended with SIGKILL; what is on the disk is unknown`,
    ),
  })
  await rejects(client.list(), { code: 'died' })
  await client.close()
  const start = machine.disk.content().subarray(0, MiB)
  ok(isEmpty(start) || isOld(start))
})

test('a helper whose parent is killed leaves no process and no disk that boots', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await stuck()
  const parent = spawn(
    process.execPath,
    ['--input-type=module', '-e', PARENT, HELPER, JSON.stringify(machine.plan(`${origin.url}/a.img`))],
    { env: machine.env, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string]
  parent.kill('SIGKILL')
  while (existsSync(`/proc/${line}`)) await setTimeout(20) // not our child: nobody else tells of its end
  ok(isEmpty(machine.disk.content().subarray(0, MiB)))
})

test('a helper whose parent is gone ends though its input stays open', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  await using origin = await stuck()
  // A shell gives its background jobs no input unless told.
  const script = 'exec 3<&0; "$0" "$1" --test-targets <&3 & echo $!; wait'
  const shell = spawn('sh', ['-c', script, process.execPath, HELPER], {
    env: machine.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]()
  const pid = (await lines.next()).value as string
  const flash = { id: 1, method: 'flash', plan: machine.plan(`${origin.url}/a.img`) }
  shell.stdin.write(`${JSON.stringify(flash)}\n`)
  for (;;) {
    const { progress } = JSON.parse((await lines.next()).value as string)
    if (progress?.bytesWritten > 0) break
  }
  shell.kill('SIGKILL')
  while (existsSync(`/proc/${pid}`)) await setTimeout(20)
  shell.stdin.destroy()
  ok(isEmpty(machine.disk.content().subarray(0, MiB)))
})

// -- ports 67 and 69 --------------------------------------------------------------------------------------------------

test('a port opened by the helper sends nothing but what network boot needs', NEEDS_ROOT, async (t) => {
  await using client = await HelperClient.start({
    command: process.execPath,
    args: [HELPER, '--low-ports'],
  })
  const deaf = { onDatagram: () => {}, onGone: () => {} }
  await rejects(client.listen({ address: '127.0.0.1', port: 53 }, deaf), /none of 67 and 69/)
  await rejects(client.listen({ address: '192.0.2.1', port: 67 }, deaf), /no address of this machine/)
  const heard = Promise.withResolvers<[Buffer, { address: string; port: number }]>()
  const at = { address: '127.0.0.1', port: 69 }
  const socket = await client.listen(at, {
    ...deaf,
    onDatagram: (bytes, from) => heard.resolve([bytes, from]),
  })
  const asking = createSocket('udp4')
  t.after(() => asking.close())
  const request = encodeTftp({ type: 'rrq', name: 'ipxe.efi', mode: 'octet', options: {} })
  // What is no request is not even heard.
  for (const bytes of [Buffer.from('no request'), request]) asking.send(bytes, at.port, at.address)
  const [bytes, from] = await heard.promise
  deepEqual(bytes, request)
  await rejects(socket.send(Buffer.from([0, 3, 0, 1]), from), /nothing is sent from port 69: no TFTP error/)
  const elsewhere = { address: '127.0.0.1', port: from.port === 1024 ? 1025 : 1024 }
  const refusal = Buffer.from([0, 5, 0, 1, 0])
  await rejects(socket.send(refusal, elsewhere), /has asked nothing/)
  const answered = once(asking, 'message')
  await socket.send(refusal, from)
  deepEqual((await answered)[0], refusal)
  for (let n = 1; n < 16; n++) await socket.send(refusal, from)
  await rejects(socket.send(refusal, from), /all that has been asked is answered/)
  await socket.close()
  await rejects(socket.send(refusal, from), /no socket has the number/)
})

test('the helper for ports has no say over disks, and the one for disks none over ports', async () => {
  const command = process.execPath
  await using ports = await HelperClient.start({ command, args: [HELPER, '--low-ports'] })
  await rejects(ports.list(), { code: 'refused', message: /started for low-ports, not to list/ })
  const target = { path: '/dev/null', serial: null, sizeBytes: 1 }
  await rejects(ports.unmount(target), /started for low-ports, not to unmount/)
  await rejects(ports.flash({ src: '/a.img', format: null, sha256: null, targets: [target] }), /not to flash/)
  await using disks = await HelperClient.start({ command, args: [HELPER] })
  const at = { address: '127.0.0.1', port: 69 }
  await rejects(disks.listen(at, { onDatagram() {}, onGone() {} }), /started for disks, not to listen/)
  equal(spawnSync(command, [HELPER, '--disks', '--low-ports']).status, 2, 'no helper is both')
})

const PARENT = `
const { HelperClient } = await import('${new URL('../../flasher/helper/client.ts', import.meta.url).href}')
const [helper, plan] = process.argv.slice(1)
const client = await HelperClient.start({ command: process.execPath, args: [helper, '--test-targets'] })
await client.flash(JSON.parse(plan), {
  onProgress: ({ bytesWritten }) => bytesWritten > 0 && console.log(client.hello.pid),
})
`
