import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { groupCommit } from './batch.ts'
import { catalogTable } from './catalog.ts'
import { timestamps } from './clock.ts'
import { eventSearch } from './event-search.ts'
import { eventTable } from './events.ts'
import { inventoryTable } from './inventory.ts'
import { lockStateDir } from './lock.ts'
import { machineRetention } from './machine-retention.ts'
import { machineTable } from './machines.ts'
import { migrate, MIGRATIONS } from './migrations.ts'
import { sessionTable } from './sessions.ts'
import { backupName, setAsideForeign } from './setaside.ts'
import { settingsTable } from './settings.ts'
import { onDisk, syncMode } from './sync.ts'
import type { Store } from './types.ts'

export interface StoreOptions {
  /** State directory; made when absent. */
  dir: string
  /** Version of this program, stamped into the database. */
  version: string
  /** Milliseconds since the epoch. */
  now?: () => number
  migrations?: readonly string[]
}

/**
 * Opens `<dir>/state.db` for this process alone, migrated to the newest schema with a copy kept of what it was. A
 * database that is not ours or from a newer program is set aside with an event. Throws StateDirBusyError when another
 * process holds the directory.
 */
export function openStore({ dir, version, now = Date.now, migrations = MIGRATIONS }: StoreOptions): Store {
  mkdirSync(dir, { recursive: true, mode: 0o750 })
  const unlock = lockStateDir(dir)
  try {
    return opened(join(dir, 'state.db'), version, now, migrations, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

function opened(
  file: string,
  version: string,
  nowMs: () => number,
  migrations: readonly string[],
  unlock: () => void,
): Store {
  const aside = setAsideForeign(file, migrations.length, new Date(nowMs()))
  const db = new Database(file, { timeout: 5000 })
  // FULL is the rule: what is written outside a contact is on the disk when the call returns. See docs/durability.md.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA cache_size = -12000; PRAGMA wal_autocheckpoint = 32000')
  db.exec('PRAGMA journal_size_limit = 4194304')
  const sync = syncMode(db)
  sync.use('FULL')
  const schema = db.pragma('user_version', { simple: true }) as number
  if (schema > 0 && schema < migrations.length)
    keepCopy(db, `${file}.copy.partial`, backupName(file, `schema-${schema}`, new Date(nowMs())))
  migrate(db, migrations)

  const now = timestamps(nowMs)
  const machines = machineTable(db, now)
  const search = eventSearch(db)
  const events = onDisk(eventTable(db, now, sync, search), sync, ['add', 'acknowledge'])
  const trim = machineRetention({
    db,
    search,
    sync,
    total: () => machines.summary().total,
    forget: machines.forget,
    add: events.add,
  })
  const hardware = inventoryTable(db, now)
  const contacts = groupCommit(db, sync, machines.forget)
  const inDurable = db.transaction((work: () => unknown) => work())
  let durableDepth = 0
  const store: Store = {
    machines: onDisk({ ...machines, trim }, sync, [
      'contact',
      'touch',
      'change',
      'save',
      'delete',
      'setLshw',
    ]),
    catalog: onDisk(catalogTable(db, now), sync, ['insert', 'deleteBySrc']),
    events,
    settings: onDisk(settingsTable(db, now), sync, ['set']),
    inventory: onDisk({ replace: (rows) => void (machines.forget(), hardware.replace(rows)) }, sync, [
      'replace',
    ]),
    sessions: onDisk(sessionTable(db, sync), sync, ['delete']),
    durable<T>(work: () => T): T {
      if (db.inTransaction && durableDepth === 0)
        throw new Error('durable() inside contactWrite(): the commit of contacts does not wait for the disk')
      durableDepth++
      try {
        return sync.within('FULL', () => inDurable.immediate(work) as T)
      } catch (error) {
        machines.forget()
        throw error
      } finally {
        durableDepth--
      }
    },
    contactWrite: contacts.write,
    now,
    release: () => void db.pragma('shrink_memory'),
    close() {
      if (!db.open) return
      contacts.flush()
      db.close()
      unlock()
    },
  }
  db.transaction(() => {
    db.prepare('DELETE FROM bty_version').run()
    db.prepare('INSERT INTO bty_version (version) VALUES (?)').run(version)
    if (aside !== null) store.events.add(resetEvent(aside.fromVersion, version, aside.archivedAt))
  })()
  return store
}

/** Under its name only when it is whole. */
function keepCopy(db: Database.Database, partial: string, file: string): void {
  rmSync(partial, { force: true })
  db.prepare('VACUUM INTO ?').run(partial)
  renameSync(partial, file)
}

function resetEvent(fromVersion: string, toVersion: string, archivedAt: string) {
  return {
    kind: 'system.schema.reset',
    subject_kind: null,
    subject_id: null,
    actor: 'system' as const,
    source_ip: null,
    summary: `A database of another program or version (${fromVersion}) was found and set aside as ${archivedAt}`,
    details: { from_version: fromVersion, to_version: toVersion, archived_at: archivedAt },
  }
}
