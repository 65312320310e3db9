/** `bench fleet`: lists, search, a power-on storm and idling of a server that knows a large fleet. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { trio } from '../../server/boot/artifacts.ts'
import { FLASH_MODES } from '../../server/boot/cycle.ts'
import { VERSION } from '../../server/version.ts'
import * as fleet from './fleet-state.ts'
import type { BenchOptions, Result, Row } from './main.ts'

const REQUESTS = 200
const TARGET_MS = 50
const CONNECTIONS = 64
const IDLE_S = 30
/** Boot modes in which the fetch of a kernel arms the machine. */
const ARMING: readonly string[] = [...FLASH_MODES, 'bty-inventory']
const SETTLE_LIMIT_S = 900
const TICKS_PER_SECOND = 100

export async function run({ log }: BenchOptions): Promise<Result> {
  log(`${fleet.MACHINES} machines, ${fleet.EVENTS} events`)
  const dir = await fleet.fleetState()
  const { coldMs, warmMs } = await fleet.warmedStart(dir)
  const server = await fleet.startFleetServer(dir)
  try {
    const settleS = await indexSettled(join(dir, 'state.db'))
    log(`the text index has settled after ${Math.round(settleS)} s; idling`)
    const idle = await idleRows(server.pid)
    log('lists and search')
    const lists = await listRows(server.port)
    log('power-on storm')
    const storm = await stormRows(server.port, join(dir, 'state.db'))
    const settled = { label: 'text index filled from nothing', value: Math.round(settleS), unit: 's' }
    const starts = [
      { label: 'start without compiled code', value: Math.round(coldMs), unit: 'ms' },
      { label: 'start with compiled code', value: Math.round(warmMs), unit: 'ms' },
    ]
    return { name: 'fleet', rows: [...lists, ...storm, settled, ...idle, ...starts] }
  } finally {
    await server.stop()
    await fleet.removeState(dir)
  }
}

interface Asked {
  method?: string
  json?: unknown
  cookie?: string
}

function clientOf(port: number, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    async ask(path: string, { method = 'GET', json, cookie = '' }: Asked = {}) {
      const headers = { 'Content-Type': 'application/json', ...(cookie !== '' && { Cookie: cookie }) }
      const asked = request({ host: '127.0.0.1', port, path, method, agent, headers })
      asked.end(json === undefined ? undefined : JSON.stringify(json))
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.resume()
      await once(answer, 'end')
      return { status: answer.statusCode!, cookies: answer.headers['set-cookie'] ?? [] }
    },
    close: () => agent.destroy(),
  }
}

function listPaths(): [string, (i: number) => string][] {
  const { MACHINES, RARE, macOf } = fleet
  const machines = (query: string) => () => `/api/machines?per_page=50&${query}`
  const events = (query: string) => () => `/events?per_page=50&page=1&${query}`
  const mac = (i: number) => macOf((i * 37) % MACHINES)
  const keys = ['mac', 'bty_image_ref', 'boot_mode', 'last_seen_at', 'last_seen_ip', 'last_flashed_at']
  return [
    ['machines, first page', machines('page=1')],
    ['machines, deep page', machines(`page=${Math.floor(MACHINES / 55)}`)],
    ...keys.map((key): [string, () => string] => [
      `machines by ${key}`,
      machines(`page=1&sort=${key}&dir=desc`),
    ]),
    ['machines, rare text', machines(`page=1&q=${RARE}`)],
    ['machines, common text', machines('page=1&q=rack')],
    ['machines, two letters', machines('page=1&q=f1')],
    ['one machine', (i) => `/api/machines/${mac(i)}`],
    ['events, first page', events('')],
    ['events, rare text', events(`q=${fleet.RARE}`)],
    ['events, common text', events('q=offered')],
    ['events, two letters', events('q=of')],
    ['events, two letters, rare and old', events(`q=${fleet.RARE_PAIR}`)],
    ['events of one machine', (i) => events(`subject_kind=machine&subject_id=${mac(i)}`)()],
  ]
}

async function listRows(port: number): Promise<Row[]> {
  const client = clientOf(port, 1)
  const rows: Row[] = []
  const worst = { label: '', ms: 0 }
  const { status, cookies } = await client.ask('/api/session', {
    method: 'POST',
    json: { password: fleet.PASSWORD },
  })
  if (status !== 200) throw new Error(`sign-in answered ${status}`)
  const cookie = cookies[0]!.split(';')[0]!
  for (const [label, path] of listPaths()) {
    const times: number[] = []
    for (let i = 0; i < REQUESTS; i++) {
      const started = performance.now()
      const answer = await client.ask(path(i), { cookie })
      times.push(performance.now() - started)
      if (answer.status !== 200) throw new Error(`${path(i)} answered ${answer.status}`)
    }
    times.sort((a, b) => a - b)
    const p99 = times[Math.ceil(times.length * 0.99) - 1]!
    if (p99 > worst.ms) Object.assign(worst, { label, ms: p99 })
    rows.push({ label: `${label}, p50`, value: times[times.length >> 1]!, unit: 'ms' })
    rows.push(held(`${label}, p99`, p99))
  }
  client.close()
  return [...rows, held(`worst p99 (${worst.label})`, worst.ms)]
}

function held(label: string, ms: number): Row {
  return { label, value: ms, unit: 'ms', target: `under ${TARGET_MS} ms`, met: ms < TARGET_MS }
}

/** Every machine of a tenth of the fleet boots the flasher and reports what it has. */
async function stormRows(port: number, file: string): Promise<Row[]> {
  const machines = Math.ceil(fleet.MACHINES / 10)
  const client = clientOf(port, CONNECTIONS)
  const { kernel, initrd } = trio(VERSION)
  const other = new Map<number, number>()
  let next = 0
  async function boots(): Promise<void> {
    while (next < machines) {
      const i = next++
      const mac = fleet.macOf(i)
      const steps: [string, Asked?][] = [
        [`/pxe/${mac}`],
        [`/boot/${kernel}`],
        [`/boot/${initrd}?mac=${mac}`],
        [`/pxe/${mac}/plan`],
        [`/pxe/${mac}/inventory`, { method: 'POST', json: { disks: fleet.disksOf(i) } }],
      ]
      for (const [path, asked] of steps) {
        const { status } = await client.ask(path, asked)
        if (status < 200 || status > 299) other.set(status, (other.get(status) ?? 0) + 1)
      }
    }
  }
  const startedAt = new Date().toISOString()
  const started = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, boots))
  const seconds = (performance.now() - started) / 1000
  client.close()
  const bad = [...other.values()].reduce((sum, n) => sum + n, 0)
  const missing = notStored(file, machines, startedAt)
  const which = [...other].map(([status, n]) => `${n} of ${status}`).join(', ')
  return [
    { label: `${machines} machines power on over ${CONNECTIONS} connections`, value: seconds, unit: 's' },
    {
      label: `answers of the storm that were not 2xx${which === '' ? '' : ` (${which})`}`,
      value: bad,
      unit: '',
      target: 'none',
      met: bad === 0,
    },
    {
      label: 'machines of the storm whose contact, arming or inventory is not stored',
      value: missing,
      unit: '',
      target: 'none',
      met: missing === 0,
    },
  ]
}

/** Of the first `machines` machines, how many rows do not tell what the storm sent since `since`. */
function notStored(file: string, machines: number, since: string): number {
  const db = new Database(file, { readonly: true })
  const stored = db.prepare<
    [string],
    { mode: string; seen: string; reported: string; armed: string | null; disks: string }
  >(
    `SELECT boot_mode AS mode, last_seen_at AS seen, known_disks_at AS reported, armed_at AS armed, known_disks AS disks
     FROM machines WHERE mac = ?`,
  )
  const isNew = (at: string | null) => at !== null && at.slice(0, 19) >= since.slice(0, 19)
  let missing = 0
  for (let i = 0; i < machines; i++) {
    const { mode, seen, reported, armed, disks } = stored.get(fleet.macOf(i))!
    const hasDisks = fleet.disksOf(i).every(({ serial }) => disks.includes(`"${serial}"`))
    const isArmed = !ARMING.includes(mode) || isNew(armed)
    if (!isNew(seen) || !isNew(reported) || !hasDisks || !isArmed) missing++
  }
  db.close()
  return missing
}

/** Seconds until the text index has the newest event. */
async function indexSettled(file: string): Promise<number> {
  const db = new Database(file, { readonly: true })
  const left = db
    .prepare<[], number>('SELECT (SELECT max(id) FROM events) - filled FROM event_search_state')
    .pluck()
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  while (left.get()! > 0) {
    if (seconds() > SETTLE_LIMIT_S)
      throw new Error(`${left.get()} events are not indexed after ${seconds()} s`)
    await pause(500)
  }
  db.close()
  return seconds()
}

async function idleRows(pid: number): Promise<Row[]> {
  const before = cpuTicks(pid)
  await pause(IDLE_S * 1000)
  const share = ((cpuTicks(pid) - before) / TICKS_PER_SECOND / IDLE_S) * 100
  const mib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
  return [
    { label: 'idle memory (RSS)', value: mib, unit: 'MiB', target: 'under 120 MiB', met: mib < 120 },
    { label: `idle CPU over ${IDLE_S} s`, value: share, unit: '%', target: 'under 1 %', met: share < 1 },
  ]
}

/** User and system time so far (proc(5): fields 14 and 15; the name in field 2 may hold spaces). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
