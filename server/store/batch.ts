import type { Database } from 'better-sqlite3'
import type { SyncMode } from './sync.ts'

/** Contacts reach the disk this long after their answer, at most. */
const SETTLE_MS = 1000

interface Waiting {
  work: () => unknown
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/**
 * Group commit. `write` queues its work; everything that was queued in one turn of the event loop runs in one
 * transaction, in order, and each promise settles after the commit. A work that throws is undone alone. `flush` runs
 * what is queued at once. The commit does not wait for the disk (`synchronous=NORMAL`, see docs/durability.md).
 * `undone` hears of every work that left nothing behind.
 */
export function groupCommit(
  db: Database,
  sync: SyncMode,
  undone: () => void,
): { write<T>(work: () => T): Promise<T>; flush(): void } {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const savepoint = db.prepare('SAVEPOINT contact')
  const release = db.prepare('RELEASE contact')
  const undo = db.prepare('ROLLBACK TO contact')
  const settle = db.prepare('UPDATE bty_version SET version = version')
  let waiting: Waiting[] = []
  let settling: NodeJS.Timeout | null = null

  function one({ work, resolve, reject }: Waiting): () => void {
    savepoint.run()
    try {
      const value = work()
      release.run()
      return () => resolve(value)
    } catch (error) {
      if (!db.inTransaction) throw error // a full disk has undone the whole transaction
      undo.run()
      release.run()
      undone()
      return () => reject(error)
    }
  }

  /** A small commit that waits for the disk takes all before it along. Where it fails (a full disk), it comes again. */
  function settleLater(): void {
    settling ??= setTimeout(() => {
      settling = null
      if (!db.open) return
      try {
        sync.use('FULL')
        settle.run()
      } catch {
        settleLater()
      }
    }, SETTLE_MS).unref()
  }

  function committed(batch: Waiting[]): (() => void)[] {
    begin.run()
    const answers = batch.map(one)
    commit.run()
    return answers
  }

  function flush(): void {
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    let answers: (() => void)[]
    try {
      answers = sync.within('NORMAL', () => committed(batch))
      settleLater()
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK')
      undone()
      const refuse = ({ reject }: Waiting) => reject(error)
      answers = batch.map((work) => () => refuse(work))
    }
    for (const answer of answers) answer()
  }

  return {
    write: <T>(work: () => T) =>
      new Promise<T>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
      }),
    flush,
  }
}
