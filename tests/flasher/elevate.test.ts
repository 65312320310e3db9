/** The helper over its private channel: as macOS, Windows and sudo in a terminal start it. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { openChannel } from '../../flasher/helper/channel.ts'
import type { HelperClient } from '../../flasher/helper/client.ts'
import { elevate } from '../../flasher/helper/elevate.ts'
import { helperDoor } from '../../server/desk/helper-door.ts'
import { tempDir } from '../harness/temp.ts'
import { HELPER } from './helper-machine.ts'

function run(t: TestContext, args: string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

test('a helper that a terminal starts serves as one that was started here, and ends with its client', async (t) => {
  const door = helperDoor({ problem: 'no pkexec here' })
  t.after(() => door.close())
  equal(door.problem, 'no pkexec here')
  const [node, ...args] = door.fromTerminal({ node: process.execPath, helper: HELPER })
  equal(node, process.execPath)
  const helper = run(t, args)
  while (door.problem !== null) await new Promise((done) => setTimeout(done, 20))
  ok(Array.isArray(await door.use((client) => client.list())))
  const ended = once(helper, 'exit')
  await door.close()
  deepEqual(await ended, [0, null])
  equal(existsSync(args.at(-1)!), false, 'the token is gone')
})

test('who does not know the token gets nothing, and does not stand in the way', async (t) => {
  const dir = join(tempDir(t), 'channel')
  const channel = await openChannel(dir)
  t.after(() => channel.close())
  equal(statSync(dir).mode & 0o777, 0o700)
  equal(statSync(channel.tokenFile).mode & 0o777, 0o600)
  const stranger = connect(channel.path)
  stranger.on('error', () => undefined)
  let heard = ''
  stranger.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  stranger.write('0'.repeat(64))
  await once(stranger, 'close')
  // What this end sends to all is no proof that a helper could give.
  const echo = connect(channel.path)
  echo.on('error', () => undefined)
  echo.resume().write(heard.slice(0, 64))
  await once(echo, 'close')

  const helper = run(t, [HELPER, '--connect', channel.path, '--token-file', channel.tokenFile])
  const socket = await channel.joined
  const [hello] = (await once(socket, 'data')) as [Buffer]
  match(hello.toString(), /"kind":"hello"/)
  socket.end()
  deepEqual(await once(helper, 'exit'), [0, null])
})

test('a helper serves nobody who does not know its token', async (t) => {
  const [mine, theirs] = [await openChannel(join(tempDir(t), 'a')), await openChannel(join(tempDir(t), 'b'))]
  t.after(() => (mine.close(), theirs.close()))
  const helper = run(t, [HELPER, '--connect', theirs.path, '--token-file', mine.tokenFile])
  let said = ''
  helper.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
  deepEqual(await once(helper, 'exit'), [1, null])
  match(said, /does not know its token|closed before it was proven/)
})

test('a launcher that is refused gives the reason; one that succeeds is waited for', async (t) => {
  const io = () => ({
    input: new PassThrough(),
    output: new PassThrough(),
    signal: new AbortController().signal,
  })
  const program = [process.execPath, HELPER]
  const refused = () => ({
    command: '/bin/sh',
    args: ['-c', 'echo "execution error: User canceled. (-128)" >&2; exit 1'],
  })
  await rejects(elevate({ kind: 'macos', program, ...io(), launch: refused }), /User canceled/)

  const launch = (_kind: string, [file, ...args]: readonly string[]) => ({
    command: '/bin/sh',
    args: ['-c', '"$@" >/dev/null 2>&1 & exit 0', 'sh', file!, ...args],
  })
  const streams = io()
  const carried = elevate({ kind: 'windows', program, ...streams, launch })
  const [hello] = (await once(streams.output, 'data')) as [Buffer]
  match(hello.toString(), /"kind":"hello"/)
  streams.input.end()
  await carried
  void t
})

test('a refusal reaches the operator as a sentence with the next step', async () => {
  const said: [script: string, sentence: RegExp][] = [
    [
      'echo "Error executing command as another user: Request dismissed" >&2; exit 126',
      /Try again and answer it/,
    ],
    [
      'echo "Error executing command as another user: Not authorized" >&2; exit 127',
      /did not grant the rights/,
    ],
    ['echo "No authentication agent found." >&2; exit 127', /Rights for disks/],
  ]
  for (const [script, sentence] of said) {
    const door = helperDoor({ command: '/bin/sh', args: ['-c', script] })
    await rejects(
      door.use((helper) => helper.list()),
      sentence,
    )
    await door.close()
  }
})

test('an idle helper lets its rights go, and the next work asks again', async () => {
  const door = helperDoor({ command: process.execPath, args: [HELPER] }, { idleMs: 10 })
  const pid = (client: HelperClient) => Promise.resolve([client.hello.pid, client.ended] as const)
  const [first, ended] = await door.use(pid)
  match(await ended, /ended with 0/)
  const [second] = await door.use(pid)
  ok(first !== second)
  await door.close()
})
