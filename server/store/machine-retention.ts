/** Bounds what anyone on the network can make the server remember: machines that no operator has touched. */
import type { Database } from 'better-sqlite3'
import type { EventSearch } from './event-search.ts'
import type { SyncMode } from './sync.ts'
import type { NewEvent } from './types.ts'

/** Machines that one step reads. */
const SCAN_ROWS = 1000
const KINDS = ['nothing', 'hardware', 'flashed', 'failure'] as const
/** Machines that one step removes, fewer where they have many events. */
export const DROP_MACHINES = 50
/** Events of removed machines that one step removes; those of one machine go together. */
const DROP_EVENTS = 500

// No operator has named, set or bound it, and no plan has told it to do more than to report. All that it has comes from
// requests that anyone on the network can send.
const UNTOUCHED = `discovered_at = created_at AND bty_image_ref IS NULL AND boot_mode = 'bty-inventory'
  AND sanboot_drive IS NULL AND target_disk_serial IS NULL
  AND NOT EXISTS (SELECT 1 FROM machine_labels l WHERE l.mac = machines.mac)
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_kind = 'machine' AND e.subject_id = machines.mac
    AND (e.actor = 'operator' OR (e.kind = 'netboot.pxe.plan' AND json_valid(e.details)
      AND e.details ->> '$.plan.mode' <> 'inventory')))`
const has = (kind: string) =>
  `EXISTS (SELECT 1 FROM events e WHERE e.subject_kind = 'machine' AND e.subject_id = machines.mac AND e.kind = '${kind}'`
// What it has told, by what its loss would cost. Each kind has the bound for itself, so that a flood of one takes none
// of another along.
const TOLD = `CASE WHEN ${has('machine.flash_failed')} AND e.acknowledged = 0) THEN 'failure'
    WHEN last_flashed_at IS NOT NULL OR done_boot IS NOT NULL OR ${has('machine.flashed')}) THEN 'flashed'
    WHEN known_disks IS NOT NULL OR known_disks_at IS NOT NULL OR hw_lshw_at IS NOT NULL THEN 'hardware'
    ELSE 'nothing' END`

interface Met {
  mac: string
  last_seen_at: string
  told: (typeof KINDS)[number]
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
 * Starts runs that bring machines that no operator touched down to `keep` of those that told nothing, `keep` of those that
 * told of their hardware, `keep` of those that said that they were flashed, though no plan had told them to, and `keep` of
 * those with a failure that nobody has acknowledged; those seen longest ago go first, with the events of their discovery
 * and of what they told. Each call of a run is one short step, true when all is done; `dropped` hears of the
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
       AND kind IN ('machine.discovered', 'machine.inventory', 'machine.flashed', 'machine.flash_failed')`,
    )
    .pluck()
  const removeRow = db.prepare('DELETE FROM events WHERE id = ?')
  /** Looks at the first of `victims`: how many it looked at, and the MACs of those that are gone. */
  const dropSome = db.transaction((victims: readonly Met[]) => {
    const gone: string[] = []
    let looks = 0
    let events = 0
    for (const { mac, last_seen_at, told } of victims) {
      if (looks === DROP_MACHINES || events >= DROP_EVENTS) break
      looks++
      if (remove.run(mac, last_seen_at, told).changes === 0) continue // it was met again, or touched
      removeLshw.run(mac)
      const ids = rowsOf.all(mac)
      search.drop(ids)
      for (const id of ids) removeRow.run(id)
      gone.push(mac)
      events += ids.length
    }
    return { gone, looks }
  })

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
      const { gone, looks } = sync.within('NORMAL', () => dropSome.immediate(victims!))
      victims.splice(0, looks)
      forget()
      count += gone.length
      if (gone.length > 0) dropped(gone)
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
