/** Bounds what anyone on the network can make the server remember: machines that no operator has touched. */
import type { Database } from 'better-sqlite3'
import type { EventSearch } from './event-search.ts'
import type { SyncMode } from './sync.ts'
import type { NewEvent } from './types.ts'

/** Machines that one step reads. */
const SCAN_ROWS = 1000
const KINDS = ['nothing', 'hardware', 'failure'] as const
/** Machines that one step removes. */
export const DROP_MACHINES = 50

// No operator has named, set or bound it, and it was never flashed. All that it has comes from requests that anyone on
// the network can send.
const UNTOUCHED = `discovered_at = created_at AND bty_image_ref IS NULL AND boot_mode = 'bty-inventory'
  AND sanboot_drive IS NULL AND target_disk_serial IS NULL AND last_flashed_at IS NULL AND done_boot IS NULL
  AND NOT EXISTS (SELECT 1 FROM machine_labels l WHERE l.mac = machines.mac)
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_kind = 'machine' AND e.subject_id = machines.mac
    AND (e.kind = 'machine.flashed' OR e.actor = 'operator'))`
// What it has told, by what its loss would cost. Each kind has the bound for itself, so that a flood of one takes none
// of another along.
const TOLD = `CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.subject_kind = 'machine' AND e.subject_id = machines.mac
      AND e.kind = 'machine.flash_failed' AND e.acknowledged = 0) THEN 'failure'
    WHEN known_disks IS NOT NULL OR known_disks_at IS NOT NULL OR hw_lshw_at IS NOT NULL THEN 'hardware'
    ELSE 'nothing' END`

interface Met {
  mac: string
  last_seen_at: string
  told: 'nothing' | 'hardware' | 'failure'
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
 * Starts runs that bring machines that no operator touched and that were never flashed down to `keep` of those that told
 * nothing, `keep` of those that told of their hardware and `keep` of those with a failure that nobody has acknowledged;
 * those seen longest ago go first, with the events of their discovery and failures. Each call of a run is one short step, true when all is done; `dropped` hears of the
 * MACs. At the end one event tells how many went.
 */
export function machineRetention({ db, search, sync, total, forget, add }: MachineRetention) {
  const after = db
    .prepare<[string], string>(
      `SELECT mac FROM machines WHERE mac > ? ORDER BY mac LIMIT 1 OFFSET ${SCAN_ROWS - 1}`,
    )
    .pluck()
  const met = db.prepare<[string, string], Met>(
    `SELECT mac, last_seen_at, ${TOLD} AS told FROM machines WHERE mac > ? AND mac <= ? AND ${UNTOUCHED}`,
  )
  const remove = db.prepare(
    `DELETE FROM machines WHERE mac = ? AND last_seen_at = ? AND ${TOLD} = ? AND ${UNTOUCHED}`,
  )
  const removeLshw = db.prepare('DELETE FROM machine_lshw WHERE mac = ?')
  const rowsOf = db
    .prepare<[string], number>(
      `SELECT id FROM events WHERE subject_kind = 'machine' AND subject_id = ?
       AND kind IN ('machine.discovered', 'machine.flash_failed')`,
    )
    .pluck()
  const removeRow = db.prepare('DELETE FROM events WHERE id = ?')
  const dropAll = db.transaction((machines: readonly Met[]) =>
    machines
      .filter(({ mac, last_seen_at, told }) => {
        if (remove.run(mac, last_seen_at, told).changes === 0) return false // it was met again, or touched
        removeLshw.run(mac)
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
      victims ??= KINDS.flatMap((kind) =>
        oldest(
          found.filter(({ told }) => told === kind),
          keep,
        ),
      )
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
export function oldest<T extends Pick<Met, 'last_seen_at'>>(found: readonly T[], keep: number): T[] {
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
    summary: `${count} machines that no operator had touched, those seen longest ago, were forgotten; ${keep} of such machines are kept`,
    details: { count, keep },
  }
}
