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
const IMAGES = 50

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
  db.transaction(() => fill(db, now))()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  const boot = join(dir, 'boot')
  await mkdir(boot)
  const { kernel, initrd, squashfs } = trio(VERSION)
  for (const name of [kernel, initrd, squashfs]) await writeFile(join(boot, name), Buffer.alloc(65_536, name))
  return dir
}

function fill(db: Database.Database, now: string): void {
  const image = db.prepare(
    'INSERT INTO catalog_entries (bty_image_ref, src, name, format, added_at) VALUES (?, ?, ?, ?, ?)',
  )
  const refs = Array.from({ length: IMAGES }, (_, i) => hex(i).repeat(32))
  for (const [i, ref] of refs.entries())
    image.run(ref, `https://images.example/disk-${i}.img.zst`, `Image ${i}`, 'img.zst', now)
  const machine = db.prepare(
    `INSERT INTO machines (mac, bty_image_ref, discovered_at, last_seen_at, last_seen_ip, boot_mode, last_flashed_at,
     known_disks_at, created_at, updated_at, known_disks) VALUES (?, ?, ?, ?, ?, 'bty-inventory', ?, ?, ?, ?, ?)`,
  )
  const label = db.prepare('INSERT INTO machine_labels (mac, label) VALUES (?, ?)')
  for (let i = 0; i < MACHINES; i++) {
    const ref = i % 3 === 0 ? refs[i % IMAGES] : null
    const flashed = i % 6 === 0 ? now : null
    machine.run(macOf(i), ref, now, now, ipOf(i), flashed, now, now, now, JSON.stringify(disksOf(i)))
    label.run(macOf(i), `rack-${Math.floor(i / 40)}`)
    if (i % 1000 === 7) label.run(macOf(i), RARE)
  }
  const event = db.prepare(
    `INSERT INTO events (ts, kind, subject_kind, subject_id, actor, source_ip, summary)
     VALUES (?, 'netboot.pxe.offered', 'machine', ?, 'pxe-client', ?, ?)`,
  )
  const rareEvery = Math.floor(EVENTS / 10)
  for (let i = 0; i < EVENTS; i++) {
    const m = i % MACHINES
    const rare = i % rareEvery === 0 ? ` ${RARE}` : ''
    event.run(now, macOf(m), ipOf(m), `Boot script offered to ${macOf(m)}${rare}`)
  }
}

function ipOf(i: number): string {
  return `10.9.${i >> 8}.${i & 255}`
}

export function disksOf(i: number): object[] {
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
