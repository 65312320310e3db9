/** A state directory of a large fleet, and the real server over it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { trio } from '../../server/boot/artifacts.ts'
import { openStore } from '../../server/store/open.ts'
import { VERSION } from '../../server/version.ts'

/** `BTY_BENCH_SCALE=0.05` makes a twentieth of it. */
const SCALE = Number(process.env['BTY_BENCH_SCALE'] ?? 1)
export const MACHINES = Math.round(10_000 * SCALE)
export const EVENTS = Math.round(1_000_000 * SCALE)
export const PASSWORD = 'benchmark'
/** Stands in the summary of ten events. */
export const RARE = 'quicksilver'
/** Two letters that stand in the summaries of three events alone, the oldest of the log. */
export const RARE_PAIR = 'zq'
const IMAGES = 50
export const MODES = ['bty-inventory', 'bty-flash-once', 'bty-flash-always', 'ipxe-exit', 'bty-tui']
/** Kinds in the shares that a fleet at work writes them. */
const KINDS: [kind: string, actor: string, text: (mac: string, i: number) => string][] = [
  ['netboot.pxe.offered', 'pxe-client', (mac) => `Boot script offered to ${mac}`],
  ['netboot.pxe.offered', 'pxe-client', (mac) => `Boot script offered to ${mac}`],
  ['netboot.pxe.offered', 'pxe-client', (mac) => `Boot script offered to ${mac}`],
  ['netboot.flasher.armed', 'pxe-client', (mac) => `${mac} fetched the kernel: the live media starts there`],
  ['machine.inventory', 'pxe-client', (mac, i) => `${mac} has 2 disks: Ssda-${i}, Snvme0n1-${i}`],
  ['machine.flashed', 'pxe-client', (mac) => `${mac} was flashed`],
  [
    'machine.flash_failed',
    'pxe-client',
    (mac, i) => `${mac} could not be flashed: write error in block ${i}`,
  ],
  ['machine.upserted', 'operator', (mac, i) => `${mac} bound to image ${i % IMAGES}`],
]
const MINUTE_MS = 60_000

const hex = (n: number) => n.toString(16).padStart(2, '0')
export const macOf = (i: number) => `52:54:00:f1:${hex(i >> 8)}:${hex(i & 255)}`

let seeded: Promise<string> | null = null

/** A fresh copy of the seeded state directory; the caller removes it. The seed is made once in a process. */
export async function fleetState(): Promise<string> {
  seeded ??= seed()
  const copy = await mkdtemp(join(tmpdir(), 'bty-bench-fleet-'))
  await cp(await seeded, copy, { recursive: true })
  return copy
}

async function seed(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bty-bench-seed-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const store = openStore({ dir, version: VERSION })
  const now = store.now()
  store.close()
  const db = new Database(join(dir, 'state.db'))
  db.transaction(() => fill(db, Date.parse(now)))()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  const boot = join(dir, 'boot')
  await mkdir(boot)
  const { kernel, initrd, squashfs } = trio(VERSION)
  for (const name of [kernel, initrd, squashfs]) await writeFile(join(boot, name), Buffer.alloc(65_536, name))
  return dir
}

function fill(db: Database.Database, nowMs: number): void {
  const ago = (minutes: number) =>
    new Date(nowMs - minutes * MINUTE_MS).toISOString().replace('Z', '000+00:00')
  const now = ago(0)
  const image = db.prepare(
    'INSERT INTO catalog_entries (bty_image_ref, src, name, format, added_at) VALUES (?, ?, ?, ?, ?)',
  )
  const refs = Array.from({ length: IMAGES }, (_, i) => hex(i).repeat(32))
  for (const [i, ref] of refs.entries())
    image.run(ref, `https://images.example/disk-${i}.img.zst`, `Image ${i}`, 'img.zst', now)
  const machine = db.prepare(
    `INSERT INTO machines (mac, bty_image_ref, discovered_at, last_seen_at, last_seen_ip, boot_mode, last_flashed_at,
     known_disks_at, created_at, updated_at, known_disks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const label = db.prepare('INSERT INTO machine_labels (mac, label) VALUES (?, ?)')
  for (let i = 0; i < MACHINES; i++) {
    const ref = i % 3 === 0 ? refs[i % IMAGES] : null
    const flashed = i % 6 === 0 ? ago((i * 13) % 90_000) : null
    const seen = ago((i * 7919) % 100_000)
    const mode = MODES[i % MODES.length]
    const [met, disks] = [ago(200_000 - i), JSON.stringify(disksOf(i))]
    machine.run(macOf(i), ref, met, seen, ipOf(i), mode, flashed, seen, met, seen, disks)
    label.run(macOf(i), `rack-${Math.floor(i / 40)}`)
    if (i % 1000 === 7) label.run(macOf(i), RARE)
  }
  const event = db.prepare(
    `INSERT INTO events (ts, kind, subject_kind, subject_id, actor, source_ip, summary)
     VALUES (?, ?, 'machine', ?, ?, ?, ?)`,
  )
  const rareEvery = Math.floor(EVENTS / 10)
  for (let i = 0; i < EVENTS; i++) {
    const m = i % MACHINES
    const [kind, actor, text] = KINDS[(i + Math.floor(i / MACHINES)) % KINDS.length]!
    const rare = i % rareEvery === 0 ? ` ${RARE}` : i < 3 ? ` ${RARE_PAIR}` : ''
    event.run(ago((EVENTS - i) / 10), kind, macOf(m), actor, ipOf(m), text(macOf(m), i) + rare)
  }
}

function ipOf(i: number): string {
  return `10.9.${i >> 8}.${i & 255}`
}

export function disksOf(i: number) {
  return ['sda', 'nvme0n1'].map((name) => ({
    path: `/dev/${name}`,
    size_bytes: 512_110_190_592,
    model: 'Benchmark SSD',
    serial: `S${name}-${i}`,
  }))
}

export interface FleetServer {
  pid: number
  port: number
  /** Milliseconds from spawn to the first 200 of /healthz. */
  readyMs: number
  stop(): Promise<void>
}

/** Starts the server over `dir` and waits until it is healthy. */
export function startFleetServer(dir: string): Promise<FleetServer> {
  const main = join(import.meta.dirname, '..', '..', 'server', 'main.js')
  const place = ['--host', '127.0.0.1', '--port', '0', '--state-dir', dir, '--config', join(dir, 'none')]
  return startProcess([main, ...place, '--no-netboot'])
}

const CODE_CACHE = join(import.meta.dirname, '..', '..', 'dist', 'code-cache')

/** Milliseconds of a start over `dir` without compiled code of earlier starts, and of one after it. */
export async function warmedStart(dir: string): Promise<{ coldMs: number; warmMs: number }> {
  await rm(CODE_CACHE, { recursive: true, force: true })
  const startedMs: number[] = []
  for (let n = 0; n < 2; n++) {
    const server = await startFleetServer(dir)
    // Compiled code is written when the server ends.
    await server.stop()
    startedMs.push(server.readyMs)
  }
  return { coldMs: startedMs[0]!, warmMs: startedMs[1]! }
}

/** Starts `node <command>`, which prints `listening on <url>`, and asks /healthz until it answers 200. */
export async function startProcess(command: string[]): Promise<FleetServer> {
  const started = performance.now()
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, BTY_ADMIN_PASSWORD: PASSWORD },
  })
  const exited = once(child, 'exit')
  const port = await listeningPort(child)
  while ((await fetch(`http://127.0.0.1:${port}/healthz`)).status !== 200);
  const readyMs = performance.now() - started
  child.stdout.resume()
  return {
    pid: child.pid!,
    port,
    readyMs,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function listeningPort(child: ChildProcess): Promise<number> {
  for await (const line of createInterface(child.stdout!)) {
    const url = /^listening on (\S+)/.exec(line)?.[1]
    if (url !== undefined) return Number(new URL(url).port)
  }
  throw new Error('the server ended before it listened')
}

export async function removeState(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
}
