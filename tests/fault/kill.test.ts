import { equal, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { openStore } from '../../server/store/open.ts'
import { clientOf } from '../contract/server.ts'
import { seededRandom } from '../harness/random.ts'
import { tempDir } from '../harness/temp.ts'

const SEED = Number(process.env['BTY_TEST_SEED'] ?? 20261121)
const KILLS = Number(process.env['BTY_TEST_KILLS'] ?? 10)

function start(script: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  child.kill('SIGKILL')
  await exited
}

test(`no acknowledged write is lost over ${KILLS} kills (seed ${SEED})`, async (t) => {
  const dir = tempDir(t)
  const random = seededRandom(SEED)
  const acknowledged = new Set<number>()
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = start('store-writer.ts', dir, String((kill + 1) * 1_000_000))
    t.after(() => killed(writer))
    const killAfter = 1 + Math.floor(random() * 600)
    let seen = 0
    for await (const line of createInterface(writer.stdout!)) {
      // A line that the kill has cut in two is not an acknowledgement; each whole one counts, also after the kill.
      if (/^\d{7,}$/.test(line)) acknowledged.add(Number(line))
      if (++seen === killAfter) void killed(writer)
    }
    ok(seen >= killAfter, `writer ${kill} ended by itself after ${seen} writes`)

    const store = openStore({ dir, version: 'test' })
    const kept = new Set(numbersIn(join(dir, 'state.db')))
    const lost = [...acknowledged].filter((n) => !kept.has(n))
    equal(lost.length, 0, `lost after kill ${kill}: ${lost.slice(0, 5).join(', ')}`)
    equal(store.machines.list().length, 1)
    store.close()
  }
})

function numbersIn(file: string): number[] {
  const db = new Database(file, { readonly: true })
  try {
    equal(db.pragma('integrity_check', { simple: true }), 'ok')
    return db
      .prepare("SELECT details ->> 'n' FROM events WHERE kind = 'test.write'")
      .pluck()
      .all()
      .map(Number)
  } finally {
    db.close()
  }
}

test('a killed server comes back with every machine that it answered', async (t) => {
  const dir = tempDir(t)
  const known: string[] = []
  for (let round = 0; round < 2; round++) {
    const server = start('../../server/main.ts', ...serverFlags(dir))
    t.after(() => killed(server))
    const base = await listening(server)
    const client = clientOf(base)
    for (const mac of known)
      equal((await client.ask(`/pxe/${mac}/done`, { method: 'POST' })).status, 204, mac)

    // Ten machines ask at once, again and again, until the server is gone.
    const asking = Array.from({ length: 10 }, async (_, lane) => {
      for (let n = 0; ; n++) {
        const mac = `02:00:0${round}:0${lane}:${hex(n >> 8)}:${hex(n & 255)}`
        const answer = await client.ask(`/pxe/${mac}`).catch(() => null)
        if (answer === null) return
        equal(answer.status, 200, answer.text)
        known.push(mac)
        if (known.length > 40 * (round + 1)) void killed(server)
      }
    })
    await Promise.all(asking)
  }
  const store = openStore({ dir: join(dir, 'state'), version: 'test' })
  t.after(() => store.close())
  const kept = new Set(store.machines.list().map(({ mac }) => mac))
  equal(known.filter((mac) => !kept.has(mac)).length, 0)
  ok(known.length > 80)
})

function serverFlags(dir: string): string[] {
  const state = join(dir, 'state')
  return [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--state-dir',
    state,
    '--config',
    join(dir, 'none'),
    '--no-netboot',
  ]
}

async function listening(server: ChildProcess): Promise<string> {
  for await (const line of createInterface(server.stdout!)) {
    const url = /^listening on (\S+)\/$/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the server ended before it listened')
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
