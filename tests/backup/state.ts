/** A state directory with something in every table, and commands run on it as processes of their own. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openStore } from '../../server/store/open.ts'
import type { Store } from '../../server/store/types.ts'
import { imageRow } from '../harness/rows.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.ts')
export const CLEAN = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('BTY_') && name !== 'INVOCATION_ID'),
)

export interface Ran {
  status: number | null
  out: string
  err: string
}

/** `bty-console <words>` on a state directory whose bty.toml counts. */
export async function command(stateDir: string, ...words: string[]): Promise<Ran> {
  const args = [MAIN, '--state-dir', stateDir, '--config', join(stateDir, 'bty.toml'), ...words]
  const child = spawn(process.execPath, args, { env: CLEAN, stdio: ['ignore', 'pipe', 'pipe'] })
  const ran: Ran = { status: null, out: '', err: '' }
  child.stdout.on('data', (chunk) => (ran.out += String(chunk)))
  child.stderr.on('data', (chunk) => (ran.err += String(chunk)))
  ran.status = await new Promise((resolve) => child.on('close', resolve))
  return ran
}

export const TOML = `# the rack in room 4
[admin]
password = "hunter2-hunter2"

[server]
host = "127.0.0.1"

[netboot]
enabled = false
`

/** Machines with bindings, labels, hardware; catalog; settings; events; a session. */
export function filledState(dir: string, machines = 3): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'bty.toml'), TOML)
  writeFileSync(join(dir, 'catalog.toml'), 'version = 1\n')
  const store = openStore({ dir, version: '0.1.0' })
  fill(store, machines)
  store.close()
}

export function fill(store: Store, machines: number): void {
  store.catalog.insert(imageRow())
  store.settings.set('backup.cadence', 'weekly')
  store.settings.set('netboot.network.192.0.2.0/24', 'on')
  store.sessions.set('s1', '{"signed":"in-by-this-cookie"}', Date.now() + 1e9)
  for (let n = 0; n < machines; n++) {
    const mac = `02:00:00:00:${hex(n >> 8)}:${hex(n & 255)}`
    store.machines.save(mac, {
      bty_image_ref: imageRow().bty_image_ref,
      labels: ['rack', `n${n}`],
      boot_mode: 'bty-flash-once',
      sanboot_drive: null,
      target_disk_serial: `S${n}`,
    })
    store.machines.change(mac, {
      known_disks: [{ path: '/dev/sda', serial: `S${n}` }] as never,
      known_disks_at: store.now(),
    })
    store.machines.setLshw(mac, JSON.stringify({ id: `machine ${n}`, children: [] }))
    store.events.add({
      kind: 'machine.upserted',
      subject_kind: 'machine',
      subject_id: mac,
      actor: 'operator',
      source_ip: null,
      summary: `Saved ${mac}`,
      details: { n },
    })
  }
}

/** Every row of every table of a closed database, but for sessions, the version stamp and the search index. */
export function rowsOf(file: string): Record<string, unknown[]> {
  const db = new Database(file, { readonly: true })
  try {
    const tables = ['machines', 'machine_labels', 'machine_lshw', 'catalog_entries', 'settings', 'events']
    return Object.fromEntries(
      tables.map((table) => [table, db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()]),
    )
  } finally {
    db.close()
  }
}

export const names = (dir: string): string[] => readdirSync(dir).toSorted()

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
