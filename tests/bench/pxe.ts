/** `bench pxe`: boot scripts a second for a rack that powers on at once, beside the bare stack in the same run. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { load } from './http-load.ts'
import type { BenchOptions, Result } from './main.ts'

const MACHINES = 200
const CONNECTIONS = 8
const WARM_UP = 4000
const REQUESTS = 40_000
const TARGET_PER_SECOND = 8000

export async function run({ log }: BenchOptions): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), 'bty-bench-pxe-'))
  try {
    log(`${MACHINES} machines, ${CONNECTIONS} connections, ${REQUESTS} requests`)
    const ours = await measure(serverCommand(dir))
    const events = offersIn(join(dir, 'state', 'state.db'))
    const asked = MACHINES + WARM_UP + REQUESTS
    if (events !== asked)
      throw new Error(`${asked} scripts were served, ${events} offers are in the database`)
    const peer = await measure([join(import.meta.dirname, 'pxe-peer.ts'), join(dir, 'peer.db')])
    return {
      name: 'pxe',
      rows: [
        {
          label: 'GET /pxe/{mac}, one audit event committed for each',
          value: Math.round(ours),
          unit: 'per second',
          target: `${TARGET_PER_SECOND} per second`,
          met: ours >= TARGET_PER_SECOND,
        },
        {
          label: 'bare node:http and better-sqlite3, one insert each',
          value: Math.round(peer),
          unit: 'per second',
        },
        { label: 'share of the bare stack', value: ours / peer, unit: '' },
      ],
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function serverCommand(dir: string): string[] {
  const main = join(import.meta.dirname, '..', '..', 'server', 'main.js')
  return [
    main,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--state-dir',
    join(dir, 'state'),
    '--config',
    join(dir, 'none'),
    '--no-netboot',
  ]
}

/** Requests a second of the server that `node <command>` starts; it is known to every machine before the clock runs. */
async function measure(command: string[]): Promise<number> {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  try {
    const port = await listeningPort(child)
    const paths = Array.from(
      { length: MACHINES },
      (_, i) => `/pxe/52-54-00-be-00-${i.toString(16).padStart(2, '0')}`,
    )
    for (const count of [MACHINES, WARM_UP]) await load(port, paths, CONNECTIONS, count)
    const { answers, seconds, refused } = await load(port, paths, CONNECTIONS, REQUESTS)
    if (refused > 0) throw new Error(`${refused} of ${answers} requests were refused`)
    return answers / seconds
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}

async function listeningPort(child: ChildProcess): Promise<number> {
  for await (const line of createInterface(child.stdout!)) {
    const url = /^listening on (\S+)/.exec(line)?.[1]
    if (url !== undefined) return Number(new URL(url).port)
  }
  throw new Error('the server ended before it listened')
}

function offersIn(file: string): number {
  const db = new Database(file, { readonly: true })
  try {
    return db
      .prepare("SELECT count(*) FROM events WHERE kind = 'netboot.pxe.offered'")
      .pluck()
      .get() as number
  } finally {
    db.close()
  }
}
