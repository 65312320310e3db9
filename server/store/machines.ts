import type { Database, Statement } from 'better-sqlite3'
import { machineFinder } from './machine-list.ts'
import { machineSummary } from './machine-summary.ts'
import type { MachineRow, MachineWish, Store } from './types.ts'

type Machines = Store['machines']
type Stored = Omit<MachineRow, 'labels' | 'saw_flasher_boot' | 'known_disks' | 'has_lshw'> & {
  labels: string | null
  saw_flasher_boot: number
  known_disks: string | null
}

// No label holds a comma; the aggregate's order is that of bytes.
const COLUMNS = `mac, bty_image_ref, discovered_at, last_seen_at, last_seen_ip, boot_mode, sanboot_drive, last_flashed_at,
  saw_flasher_boot, armed_at, done_boot, known_disks, known_disks_at, hw_lshw_at, target_disk_serial, created_at,
  updated_at, (SELECT group_concat(label, ',' ORDER BY label) FROM machine_labels l WHERE l.mac = machines.mac) AS labels`

/** Verbs on machines, their labels and hardware listings. MACs are normalised already. */
export function machineTable(db: Database, now: () => string): Omit<Machines, 'trim'> & { forget(): void } {
  // Rows as contacts found them, so that a rack that boots costs one read a machine. This process is the only writer;
  // every other verb drops its row, and `forget` drops all when a transaction is undone.
  const rows = new Map<string, MachineRow>()
  const keep = (machine: MachineRow) => {
    if (rows.size >= MAX_KEPT) rows.clear()
    rows.set(machine.mac, machine)
  }
  const one = db.prepare<[string], Stored>(`SELECT ${COLUMNS} FROM machines WHERE mac = ?`)
  const all = db.prepare<[], Stored>(`SELECT ${COLUMNS} FROM machines ORDER BY mac`)
  const find = machineFinder(db)
  const after = db.prepare<[string, number], Stored>(
    `SELECT ${COLUMNS} FROM machines WHERE mac > ? ORDER BY mac LIMIT ?`,
  )
  const assigned = db.prepare<[], string>('SELECT mac FROM machines WHERE bty_image_ref IS NOT NULL').pluck()
  const seen = db.prepare(
    `UPDATE machines SET last_seen_at = ?, last_seen_ip = ?, updated_at = ?, discovered_at = coalesce(discovered_at, ?)
     WHERE mac = ?`,
  )
  const discover = db.prepare<{ mac: string; ip: string | null; now: string }, Stored>(
    `INSERT INTO machines (mac, boot_mode, discovered_at, last_seen_at, last_seen_ip, created_at, updated_at)
     VALUES (:mac, 'bty-inventory', :now, :now, :ip, :now, :now) RETURNING ${COLUMNS}`,
  )
  const touch = db.prepare(
    'UPDATE machines SET last_seen_at = ?, last_seen_ip = ?, updated_at = ? WHERE mac = ?',
  )
  const upsert = db.prepare(
    `INSERT INTO machines (mac, bty_image_ref, boot_mode, sanboot_drive, target_disk_serial, created_at, updated_at)
     VALUES (:mac, :bty_image_ref, :boot_mode, :sanboot_drive, :target_disk_serial, :now, :now)
     ON CONFLICT (mac) DO UPDATE SET bty_image_ref = excluded.bty_image_ref, boot_mode = excluded.boot_mode,
       sanboot_drive = excluded.sanboot_drive, target_disk_serial = excluded.target_disk_serial,
       updated_at = excluded.updated_at`,
  )
  const reset = db.prepare(
    `UPDATE machines SET saw_flasher_boot = 0, armed_at = NULL, last_flashed_at = NULL, known_disks_at = NULL
     WHERE mac = ?`,
  )
  const unlabel = db.prepare('DELETE FROM machine_labels WHERE mac = ?')
  const label = db.prepare('INSERT OR IGNORE INTO machine_labels (mac, label) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM machines WHERE mac = ?')
  const removeLshw = db.prepare('DELETE FROM machine_lshw WHERE mac = ?')
  const lshw = db.prepare<[string], string>('SELECT json FROM machine_lshw WHERE mac = ?').pluck()
  const putLshw = db.prepare('INSERT OR REPLACE INTO machine_lshw (mac, json) VALUES (?, ?)')
  const stampLshw = db.prepare('UPDATE machines SET hw_lshw_at = :now, updated_at = :now WHERE mac = :mac')
  const summary = machineSummary(db)
  const changes = new Map<string, Statement>()

  const save = db.transaction((mac: string, wish: MachineWish) => {
    const before = one.get(mac)
    const { labels, ...columns } = wish
    upsert.run({ ...columns, mac, now: now() })
    if (before !== undefined && startsOver(before, wish)) reset.run(mac)
    unlabel.run(mac)
    for (const text of labels) label.run(mac, text)
    return { machine: decode(one.get(mac)!), created: before === undefined }
  })

  return {
    list: () => all.all().map(decode),
    page(wish) {
      const { macs, ...bounds } = find(wish)
      return { ...bounds, machines: macs.map((mac) => decode(one.get(mac)!)) }
    },
    after: (mac, limit) => after.all(mac, limit).map(decode),
    assigned: () => assigned.all(),
    get: (mac) => orNull(one.get(mac)),
    contact(mac, ip) {
      const at = now()
      const isNew = seen.run(at, ip, at, at, mac).changes === 0
      summary.met(at, isNew)
      if (isNew) return { machine: decode(discover.get({ mac, ip, now: at })!), created: true }
      const before = rows.get(mac) ?? decode(one.get(mac)!)
      const discovered_at = before.discovered_at ?? at
      const machine = { ...before, last_seen_at: at, last_seen_ip: ip, updated_at: at, discovered_at }
      keep(machine)
      return { machine, created: false }
    },
    touch(mac, ip) {
      rows.delete(mac)
      const at = now()
      const isKnown = touch.run(at, ip, at, mac).changes > 0
      if (isKnown) summary.met(at, false)
      return isKnown
    },
    change(mac, columns) {
      rows.delete(mac)
      const values = encode({ updated_at: now(), ...columns })
      const names = Object.keys(values)
      const sql = `UPDATE machines SET ${names.map((name) => `${name} = :${name}`).join(', ')} WHERE mac = :mac`
      const statement = changes.get(sql) ?? db.prepare(sql)
      changes.set(sql, statement)
      statement.run({ ...values, mac })
      if (SUMMED.some((name) => name in values)) summary.forget()
    },
    save(mac, wish) {
      rows.delete(mac)
      summary.forget()
      return save(mac, wish)
    },
    delete: db.transaction((mac: string) => {
      rows.delete(mac)
      summary.forget()
      unlabel.run(mac)
      removeLshw.run(mac)
      return remove.run(mac).changes > 0
    }),
    lshw: (mac) => lshw.get(mac) ?? null,
    setLshw: db.transaction((mac: string, json: string) => {
      rows.delete(mac)
      putLshw.run(mac, json)
      stampLshw.run({ mac, now: now() })
    }),
    summary: summary.get,
    forget() {
      rows.clear()
      summary.forget()
    },
  }
}

/** Contract 2.5: what the machine should do has changed, so arming and completions of the old wish count no longer. */
function startsOver(before: Stored, wish: MachineWish): boolean {
  return (
    before.boot_mode !== wish.boot_mode ||
    (before.bty_image_ref ?? '') !== (wish.bty_image_ref ?? '') ||
    (before.target_disk_serial ?? '') !== (wish.target_disk_serial ?? '')
  )
}

function orNull(row: Stored | undefined): MachineRow | null {
  return row === undefined ? null : decode(row)
}

function decode(row: Stored): MachineRow {
  return {
    ...row,
    labels: row.labels === null ? [] : row.labels.split(','),
    saw_flasher_boot: row.saw_flasher_boot !== 0,
    known_disks: row.known_disks === null ? null : disks(row.known_disks),
    has_lshw: row.hw_lshw_at !== null,
  }
}

function disks(json: string): MachineRow['known_disks'] {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? (value as MachineRow['known_disks']) : null
  } catch {
    return null
  }
}

const MAX_KEPT = 2000

/** Columns that the summary counts. */
const SUMMED = ['bty_image_ref', 'last_seen_at', 'last_flashed_at'] as const

const WRITABLE = new Set([
  ...['bty_image_ref', 'discovered_at', 'last_seen_at', 'last_seen_ip', 'boot_mode', 'sanboot_drive'],
  ...[
    'last_flashed_at',
    'saw_flasher_boot',
    'armed_at',
    'done_boot',
    'known_disks',
    'known_disks_at',
    'hw_lshw_at',
  ],
  ...['target_disk_serial', 'created_at', 'updated_at'],
])

/** Column values as SQLite takes them. Disks are stored with sorted keys. */
function encode(columns: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(columns)) {
    if (!WRITABLE.has(name)) throw new TypeError(`machines has no writable column ${name}`)
    if (value === undefined) continue
    if (typeof value === 'boolean') values[name] = value ? 1 : 0
    else if (name === 'known_disks' && Array.isArray(value))
      values[name] = JSON.stringify(value.map(sortedKeys))
    else values[name] = value
  }
  return values
}

function sortedKeys(disk: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(disk).sort(([a], [b]) => (a < b ? -1 : 1)))
}
