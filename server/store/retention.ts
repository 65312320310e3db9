import type { Database } from 'better-sqlite3'
import type { EventSearch } from './event-search.ts'
import { CHATTY, isDroppable, type Keep, PER_MACHINE } from './retention-rules.ts'
import type { SyncMode } from './sync.ts'
import type { EventRow } from './types.ts'

/** Rows that one step reads and may delete. */
export const STEP_ROWS = 250
/** Machines that one step looks at where nothing is to delete. */
const STEP_MACHINES = 20
/** Rows that one step counts. */
const COUNT_ROWS = 20_000

type Candidate = Pick<EventRow, 'id' | 'kind' | 'actor'>

const COLUMNS = 'id, kind, actor'
// Each part comes from the index of kinds in the order of ids, so that they are merged and nothing is sorted.
const OLDEST = CHATTY.map((kind) => `SELECT ${COLUMNS} FROM events WHERE kind = '${kind}' AND id > :after`)

/**
 * Starts runs over the audit log that bring it down to `keep`. Each call of a run is one step of a few milliseconds in
 * one transaction, and says true when all is done. A step that throws changed nothing; calling it again tries again.
 */
export function retention(db: Database, search: EventSearch, sync: SyncMode): (keep: Keep) => () => boolean {
  const nextMachine = db
    .prepare<[string], string>(
      `SELECT subject_id FROM events WHERE subject_kind = 'machine' AND subject_id > ?
       ORDER BY subject_id LIMIT 1`,
    )
    .pluck()
  const newestToDrop = db
    .prepare<[string, string, number], number>(
      `SELECT id FROM events WHERE subject_kind = 'machine' AND subject_id = ? AND kind = ?
       ORDER BY id DESC LIMIT 1 OFFSET ?`,
    )
    .pluck()
  const ofMachine = db.prepare<[string, string, number, number], Candidate>(
    `SELECT ${COLUMNS} FROM events WHERE subject_kind = 'machine' AND subject_id = ? AND kind = ?
     AND id > ? AND id <= ? ORDER BY id LIMIT ${STEP_ROWS}`,
  )
  const count = db.prepare<[number], { rows: number; last: number | null }>(
    `SELECT count(*) AS rows, max(id) AS last
     FROM (SELECT id FROM events WHERE id > ? ORDER BY id LIMIT ${COUNT_ROWS})`,
  )
  const oldest = db.prepare<{ after: number; limit: number }, Candidate>(
    `${OLDEST.join(' UNION ALL ')} ORDER BY id LIMIT :limit`,
  )
  const remove = db.prepare('DELETE FROM events WHERE id = ?')
  const removeAll = db.transaction((ids: readonly number[]) => {
    search.drop(ids)
    for (const id of ids) remove.run(id)
  })

  function drop(rows: readonly Candidate[], kinds: readonly string[]): number {
    const ids = rows.filter((row) => isDroppable(row, kinds)).map(({ id }) => id)
    if (ids.length > 0) sync.within('NORMAL', () => removeAll.immediate(ids))
    return ids.length
  }

  function trimMachines({ perMachine }: Keep): () => boolean {
    let machine = nextMachine.get('')
    let kind = 0
    let after = 0
    const nextKind = () => {
      after = 0
      kind = (kind + 1) % PER_MACHINE.length
      if (kind === 0) machine = nextMachine.get(machine!)
    }
    return () => {
      for (let looks = STEP_MACHINES * PER_MACHINE.length; looks > 0 && machine !== undefined; looks--) {
        const upTo = newestToDrop.get(machine, PER_MACHINE[kind]!, perMachine)
        const rows = upTo === undefined ? [] : ofMachine.all(machine, PER_MACHINE[kind]!, after, upTo)
        drop(rows, PER_MACHINE)
        if (rows.length < STEP_ROWS) nextKind()
        else after = rows.at(-1)!.id
        if (rows.length > 0) break
      }
      return machine === undefined
    }
  }

  function trimAll({ rows: most }: Keep): () => boolean {
    let total = 0
    let counted = 0
    let isCounted = false
    let after = 0
    return () => {
      if (!isCounted) {
        const { rows, last } = count.get(counted)!
        total += rows
        counted = last ?? counted
        isCounted = rows < COUNT_ROWS
        return isCounted && total <= most
      }
      const rows = oldest.all({ after, limit: Math.min(STEP_ROWS, total - most) })
      total -= drop(rows, CHATTY)
      after = rows.at(-1)?.id ?? after
      return rows.length === 0 || total <= most
    }
  }

  return (keep) => {
    const machines = trimMachines(keep)
    const all = trimAll(keep)
    let areMachinesDone = false
    return () => {
      if (areMachinesDone) return all()
      areMachinesDone = machines()
      return false
    }
  }
}
