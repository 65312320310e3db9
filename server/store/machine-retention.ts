/** Bounds what anyone on the network can make the server remember: machines that were only ever met. */
import type { Database } from 'better-sqlite3'
import type { EventSearch } from './event-search.ts'
import type { SyncMode } from './sync.ts'
import type { NewEvent } from './types.ts'

/** Machines that one step reads. */
const SCAN_ROWS = 1000
/** Machines that one step removes. */
export const DROP_MACHINES = 50

// Met, and nothing more: no operator has named, set or bound it, and it has told of no hardware and no flash.
const ONLY_MET = `discovered_at = created_at AND bty_image_ref IS NULL AND boot_mode = 'bty-inventory'
  AND sanboot_drive IS NULL AND target_disk_serial IS NULL AND last_flashed_at IS NULL AND done_boot IS NULL
  AND known_disks IS NULL AND known_disks_at IS NULL AND hw_lshw_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM machine_labels l WHERE l.mac = machines.mac)
  AND NOT EXISTS (SELECT 1 FROM machine_lshw h WHERE h.mac = machines.mac)
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_kind = 'machine' AND e.subject_id = machines.mac
    AND (e.kind = 'machine.flashed' OR e.actor = 'operator'))`

interface Met {
  mac: string
  last_seen_at: string
}

export interface MachineRetention {
  db: Database
  search: EventSearch
  sync: SyncMode
  total(): number
  /** Forgets what is remembered of these rows. */
  forget(): void
  add(event: NewEvent): unknown
}

/**
 * Starts runs that bring machines that were only met down to `keep`, those seen longest ago first, with the events of
 * their discovery and failures. Each call of a run is one short step, true when all is done; `dropped` hears of the
 * MACs. At the end one event tells how many went.
 */
export function machineRetention({ db, search, sync, total, forget, add }: MachineRetention) {
  const after = db
    .prepare<[string], string>(
      `SELECT mac FROM machines WHERE mac > ? ORDER BY mac LIMIT 1 OFFSET ${SCAN_ROWS - 1}`,
    )
    .pluck()
  const met = db.prepare<[string, string], Met>(
    `SELECT mac, last_seen_at FROM machines WHERE mac > ? AND mac <= ? AND ${ONLY_MET}`,
  )
  const remove = db.prepare(`DELETE FROM machines WHERE mac = ? AND last_seen_at = ? AND ${ONLY_MET}`)
  const rowsOf = db
    .prepare<[string], number>(
      `SELECT id FROM events WHERE subject_kind = 'machine' AND subject_id = ?
       AND kind IN ('machine.discovered', 'machine.flash_failed')`,
    )
    .pluck()
  const removeRow = db.prepare('DELETE FROM events WHERE id = ?')
  const dropAll = db.transaction((machines: readonly Met[]) =>
    machines
      .filter(({ mac, last_seen_at }) => {
        if (remove.run(mac, last_seen_at).changes === 0) return false // it was met again, or touched
        const ids = rowsOf.all(mac)
        search.drop(ids)
        for (const id of ids) removeRow.run(id)
        return true
      })
      .map(({ mac }) => mac),
  )

  return (keep: number, dropped: (macs: readonly string[]) => void): (() => boolean) => {
    let found: Met[] = []
    let from: string | null = ''
    let victims: Met[] | null = null
    let count = 0

    function scan(start: string): void {
      const to = after.get(start)
      found.push(...met.all(start, to ?? '~'))
      from = to ?? null
    }
    return () => {
      if (from === '' && total() <= keep) return true
      if (from !== null) {
        scan(from)
        return false
      }
      victims ??= oldest(found, keep)
      found = []
      const macs = sync.within('NORMAL', () => dropAll.immediate(victims!.slice(0, DROP_MACHINES)))
      victims.splice(0, DROP_MACHINES)
      forget()
      count += macs.length
      if (macs.length > 0) dropped(macs)
      if (victims.length > 0) return false
      if (count > 0) add(pruned(count, keep))
      return true
    }
  }
}

/** Those seen longest ago, beyond the `keep` seen last. */
export function oldest(found: readonly Met[], keep: number): Met[] {
  const byAge = found.toSorted((a, b) =>
    a.last_seen_at < b.last_seen_at ? -1 : a.last_seen_at > b.last_seen_at ? 1 : 0,
  )
  return byAge.slice(0, Math.max(0, byAge.length - keep))
}

function pruned(count: number, keep: number): NewEvent {
  return {
    kind: 'machine.pruned',
    subject_kind: null,
    subject_id: null,
    actor: 'system',
    source_ip: null,
    summary: `${count} machines that were only ever met, and those longest ago, were forgotten; ${keep} of such machines are kept`,
    details: { count, keep },
  }
}
