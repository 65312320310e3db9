/** Terminals on real pseudo-terminals. */
import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { NEEDS_PTY } from '../../tests/harness/pty.ts'
import { tempDir } from '../../tests/harness/temp.ts'
import { loadPty } from './pty.ts'
import { sessionMembers } from './session-members.ts'
import { createTerminals, type TerminalsOptions } from './terminals.ts'

const SIZE = { cols: 80, rows: 24 }

function terminals(t: TestContext, script: string, more: Partial<TerminalsOptions> = {}) {
  const made = createTerminals({
    load: loadPty,
    command: () => ({ file: '/bin/bash', args: ['--norc', '-c', script] }),
    cwd: '/',
    ...more,
  })
  t.after(() => made.close())
  return made
}

/** What is read until it matches; the whole text from the place that was asked for. */
async function readUntil(reader: Readable, pattern: RegExp): Promise<string> {
  let text = ''
  let rest = ''
  reader.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const said = JSON.parse(line) as { text?: string; exit?: number }
      text += said.text ?? `[exit ${said.exit}]`
    }
    if (pattern.test(text.slice(-2000))) reader.emit('seen')
  })
  if (!pattern.test(text)) await once(reader, 'seen')
  return text
}

/** Resolves when no process of this session is left. */
async function gone(leader: number): Promise<void> {
  while (sessionMembers(leader).length > 0) await setTimeout(20)
}

test('what is typed arrives, what is said comes back, and the end tells how', NEEDS_PTY, async (t) => {
  const all = terminals(t, 'read name; stty size; echo "hello $name"; exit 3')
  const { key } = await all.open({ program: 'wizard', cols: 91, rows: 33 }, 'me')
  const reader = all.read(key, 'me', 0)
  all.type(key, 'me', 'bench\r')
  const text = await readUntil(reader, /exit 3/)
  match(text, /33 91\r\nhello bench\r\n\[exit 3\]$/)
})

test('a new size reaches the program', NEEDS_PTY, async (t) => {
  const all = terminals(t, 'trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done')
  const { key } = await all.open({ program: 'wizard', ...SIZE }, 'me')
  const reader = all.read(key, 'me', 0)
  await readUntil(reader, /ready/)
  all.resize(key, 'me', { cols: 120, rows: 40 })
  await readUntil(reader, /40 120/)
})

test('a reader that comes back goes on where it was', NEEDS_PTY, async (t) => {
  const all = terminals(t, 'echo one; read x; echo two; read x')
  const { key } = await all.open({ program: 'wizard', ...SIZE }, 'me')
  const first = all.read(key, 'me', 0)
  const seen = await readUntil(first, /one\r\n/)
  first.destroy()
  all.type(key, 'me', '\r')
  const again = all.read(key, 'me', seen.length)
  const rest = await readUntil(again, /two\r\n/)
  ok(!rest.includes('one'), rest)
})

test('a program whose output nobody reads waits instead of filling the memory', NEEDS_PTY, async (t) => {
  const marker = join(tempDir(t), 'done')
  const all = terminals(
    t,
    `yes 12345678901234567890 | head -c 2000000; touch ${marker}; echo the-end; read x`,
  )
  const { key } = await all.open({ program: 'wizard', ...SIZE }, 'me')
  await setTimeout(300)
  equal(existsSync(marker), false)
  await readUntil(all.read(key, 'me', 0), /the-end/)
  equal(existsSync(marker), true)
})

const leaving: [how: string, work: (all: ReturnType<typeof terminals>, key: string) => unknown][] = [
  ['its page closes it', (all, key) => all.end(key, 'me')],
  ['its session is signed out', (all) => all.endSession('me')],
  ['the server ends', (all) => all.close()],
  ['nobody reads any more', (all, key) => all.read(key, 'me', 0).destroy()],
]
for (const [how, work] of leaving)
  test(`nothing of a terminal is left behind when ${how}`, NEEDS_PTY, async (t) => {
    // A job of its own group, one that ignores the hang-up, and a program in front.
    const script = `set -m
      (trap '' HUP; exec sleep 1001) &
      sleep 1002 &
      echo "pids $$ $!"; exec sleep 1003`
    const all = terminals(t, script, { unreadMs: 100 })
    const { key } = await all.open({ program: 'wizard', ...SIZE }, 'me')
    const reader = all.read(key, 'me', 0)
    const [, leader] = /pids (\d+)/.exec(await readUntil(reader, /pids \d+ \d+\r\n/))!
    equal(sessionMembers(Number(leader)).length, 3)
    await work(all, key)
    await gone(Number(leader))
  })

test('a terminal is its session’s alone, and its key is the only way to it', NEEDS_PTY, async (t) => {
  const all = terminals(t, 'sleep 1001')
  const { key } = await all.open({ program: 'shell', ...SIZE }, 'me')
  for (const [asked, session] of [
    [key, 'another'],
    [`${key.slice(1)}x`, 'me'],
  ] as const) {
    throws(() => all.type(asked, session, 'x'), /belongs to another session/)
    throws(() => all.read(asked, session, 0), /belongs to another session/)
    await rejects(all.end(asked, session), /belongs to another session/)
  }
  ok(key.length >= 32)
})

test('no more than eight terminals are open at once', NEEDS_PTY, async (t) => {
  const all = terminals(t, 'sleep 1001')
  for (let n = 0; n < 8; n++) await all.open({ program: 'wizard', ...SIZE }, 'me')
  await rejects(all.open({ program: 'wizard', ...SIZE }, 'me'), /8 terminals are open/)
})

test('without node-pty the reason is offered, and opening says it', async () => {
  const problem = 'node-pty is not installed: there is no terminal.'
  const all = createTerminals({ load: async () => ({ problem }), command: () => ({ file: 'x', args: [] }) })
  deepEqual((await all.offers()).programs, [
    { program: 'wizard', problem },
    { program: 'rights', problem },
    { program: 'shell', problem },
  ])
  await rejects(all.open({ program: 'wizard', ...SIZE }, 'me'), { status: 503, message: problem })
})
