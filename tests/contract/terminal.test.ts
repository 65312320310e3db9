/** Terminals over HTTP: who may open one, what it shows, and that it ends with its session. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { OpenTerminal, TerminalOffers } from '../../server/api/index.ts'
import { sessionMembers } from '../../server/terminal/session-members.ts'
import { NEEDS_PTY } from '../harness/pty.ts'
import { type Client, testServer } from './server.ts'

const WISH = { program: 'wizard', cols: 80, rows: 24 }

async function withTerminals(t: TestContext, script = 'echo "pid $$"; read x; echo "got $x"; exit 4') {
  const server = await testServer(t, {
    terminals: {
      programs: { node: process.execPath, bty: [] },
      command: () => ({ file: '/bin/bash', args: ['--norc', '-c', script] }),
    },
  })
  const headers = { origin: server.base }
  const ask = (client: Client, path: string, method = 'GET', json?: object) =>
    client.ask(`/api/desk/terminals${path}`, { method, ...(json && { json }), headers })
  return { ...server, ask }
}

/** The stream of a terminal's output; `next` resolves with all text so far once it matches. */
async function output(base: string, client: Client, key: string, from = 0) {
  const request = get(`${base}/api/desk/terminals/${key}/output?from=${from}`, {
    headers: { cookie: client.cookie },
    agent: false,
  })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    answer.emit('more')
  })
  return {
    answer,
    async next(pattern: RegExp) {
      while (!pattern.test(text)) await once(answer, 'more')
      return text
    },
    leave: () => request.destroy(),
  }
}

test('a terminal is opened, read, typed into and told its end', NEEDS_PTY, async (t) => {
  const { ask, base, atTheDesk } = await withTerminals(t)
  const desk = await atTheDesk()
  const opened = await ask(desk, '', 'POST', WISH)
  equal(opened.status, 201, opened.text)
  const { key } = opened.json<OpenTerminal>()
  const shown = await output(base, desk, key)
  equal(shown.answer.headers['content-type'], 'application/x-ndjson')
  await shown.next(/pid \d+/)
  equal((await ask(desk, `/${key}/size`, 'PUT', { cols: 100, rows: 30 })).status, 204)
  equal((await ask(desk, `/${key}/input`, 'POST', { data: 'bench\r' })).status, 204)
  match(await shown.next(/"exit"/), /got bench.*\n\{"exit":4,"signal":null\}\n$/s)
})

test(
  'a terminal is this laptop’s, by the one-time link, from a page of the console',
  NEEDS_PTY,
  async (t) => {
    const { ask, atTheDesk, signedIn, anyone, base } = await withTerminals(t)
    equal((await ask(anyone, '', 'POST', WISH)).status, 401)
    equal((await ask(await signedIn(), '', 'POST', WISH)).status, 403)
    const desk = await atTheDesk()
    const foreign = { method: 'POST', json: WISH }
    equal((await desk.ask('/api/desk/terminals', foreign)).status, 403, 'no Origin')
    const origin = 'https://example.org'
    equal((await desk.ask('/api/desk/terminals', { ...foreign, headers: { origin } })).status, 403)
    const { key } = (await ask(desk, '', 'POST', WISH)).json<OpenTerminal>()
    const other = await atTheDesk()
    equal((await ask(other, `/${key}/input`, 'POST', { data: 'x' })).status, 404)
    const operator = await output(base, await signedIn(), key)
    equal(operator.answer.statusCode, 403)
    equal((await output(base, other, key)).answer.statusCode, 404)
  },
)

test('signing out ends the terminals of the session', NEEDS_PTY, async (t) => {
  const { ask, base, atTheDesk } = await withTerminals(t, 'echo "pid $$."; sleep 1001 & sleep 1002')
  const desk = await atTheDesk()
  const { key } = (await ask(desk, '', 'POST', WISH)).json<OpenTerminal>()
  const shown = await output(base, desk, key)
  const [, leader] = /pid (\d+)\./.exec(await shown.next(/pid \d+\./))!
  ok(sessionMembers(Number(leader)).length > 0)
  const headers = { origin: base }
  equal((await desk.ask('/api/session', { method: 'DELETE', headers })).status, 204)
  while (sessionMembers(Number(leader)).length > 0) await setTimeout(20)
})

test('a size or a text out of bounds is refused', NEEDS_PTY, async (t) => {
  const { ask, atTheDesk } = await withTerminals(t)
  const desk = await atTheDesk()
  for (const wish of [
    { ...WISH, cols: 0 },
    { ...WISH, rows: 100_000 },
    { ...WISH, program: 'rm' },
    { ...WISH, file: '/bin/sh' },
  ])
    equal((await ask(desk, '', 'POST', wish)).status, 422, JSON.stringify(wish))
  const { key } = (await ask(desk, '', 'POST', WISH)).json<OpenTerminal>()
  equal((await ask(desk, `/${key}/input`, 'POST', { data: 'x'.repeat(65_537) })).status, 422)
})

test('a shell is offered once the setting allows it, without a restart', async (t) => {
  const server = await testServer(t)
  const desk = await server.atTheDesk()
  const shell = async () => {
    const { programs } = (await desk.ask('/api/desk/terminals')).json<TerminalOffers>()
    return programs.find(({ program }) => program === 'shell')!.problem
  }
  match((await shell())!, /terminal\.shell is off/)
  const allowed = await desk.ask('/api/settings/config/terminal.shell', {
    method: 'PUT',
    json: { value: true },
    headers: { origin: server.base },
  })
  equal(allowed.status, 200, allowed.text)
  deepEqual(NEEDS_PTY.skip === false ? await shell() : null, null)
})
