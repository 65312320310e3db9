import type { Database } from 'better-sqlite3'

/** "btyC": marks a state.db as ours (SQLite header, offset 68). */
export const APPLICATION_ID = 0x62747943

/**
 * Step n takes a database from version n to n + 1 (`PRAGMA user_version`). Steps are only ever appended. Timestamps are
 * text, see clock.ts. What is large (lshw, up to 4 MiB) has a table of its own: SQLite rewrites the whole row on every
 * contact.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE machines (
    mac TEXT PRIMARY KEY NOT NULL,
    bty_image_ref TEXT,
    discovered_at TEXT,
    last_seen_at TEXT,
    last_seen_ip TEXT,
    boot_mode TEXT NOT NULL DEFAULT 'ipxe-exit',
    sanboot_drive TEXT,
    last_flashed_at TEXT,
    saw_flasher_boot INTEGER NOT NULL DEFAULT 0,
    armed_at TEXT,
    done_boot TEXT,
    known_disks_at TEXT,
    hw_lshw_at TEXT,
    target_disk_serial TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    known_disks TEXT
  ) STRICT;
  CREATE TABLE machine_lshw (mac TEXT PRIMARY KEY NOT NULL, json TEXT NOT NULL) STRICT;
  CREATE TABLE machine_labels (
    mac TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (mac, label)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX machine_labels_label ON machine_labels (label);
  CREATE TABLE catalog_entries (
    bty_image_ref TEXT PRIMARY KEY NOT NULL,
    src TEXT UNIQUE NOT NULL,
    resolved_src TEXT,
    disk_image_sha TEXT,
    name TEXT NOT NULL,
    sha_url TEXT,
    format TEXT,
    size_bytes INTEGER,
    description TEXT,
    arch TEXT,
    added_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_kind TEXT,
    subject_id TEXT,
    actor TEXT NOT NULL,
    source_ip TEXT,
    summary TEXT NOT NULL,
    details TEXT,
    acknowledged INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX events_kind ON events (kind);
  CREATE INDEX events_subject ON events (subject_kind, subject_id);
  CREATE INDEX events_failed ON events (acknowledged, subject_kind, subject_id) WHERE substr(kind, -6) = 'failed';
  CREATE INDEX events_failed_of ON events (subject_kind, subject_id) WHERE substr(kind, -6) = 'failed';
  CREATE TABLE settings (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT;
  CREATE TABLE sessions (id TEXT PRIMARY KEY NOT NULL, data TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE bty_version (version TEXT NOT NULL) STRICT;
  `,
  // Ids alone, so that a page in the middle of a long log is found without reading rows; the kinds of one subject, for
  // retention. The text index starts empty and is filled while the server runs.
  `
  CREATE INDEX events_id ON events (id);
  DROP INDEX events_subject;
  CREATE INDEX events_subject ON events (subject_kind, subject_id, kind);
  CREATE VIRTUAL TABLE event_search USING fts5 (
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
  );
  -- Parts of the index are joined in small steps by whoever fills it, never all at once inside an insert.
  INSERT INTO event_search (event_search, rank) VALUES ('automerge', 0);
  INSERT INTO event_search (event_search, rank) VALUES ('crisismerge', 1999);
  CREATE TABLE event_search_state (filled INTEGER NOT NULL) STRICT;
  INSERT INTO event_search_state (filled) VALUES (0);
  `,
]

/**
 * Brings `db` from its version to the newest, each step in one transaction with its number. A step that fails leaves
 * the database at the version before it.
 */
export function migrate(db: Database, migrations: readonly string[]): void {
  const from = db.pragma('user_version', { simple: true }) as number
  for (let version = from; version < migrations.length; version++)
    db.transaction(() => {
      db.exec(migrations[version]!)
      db.pragma(`application_id = ${APPLICATION_ID}`)
      db.pragma(`user_version = ${version + 1}`)
    }).exclusive()
}
