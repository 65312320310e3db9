import { equal, match, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { NEEDS_ROOT } from '../../tests/harness/root.ts'
import { tempDir } from '../../tests/harness/temp.ts'
import { FOLD_BYTES, startCheckpoints } from './checkpoints.ts'
import { openStore } from './open.ts'
import type { NewEvent } from './types.ts'

const EVENT: NewEvent = {
  kind: 'test',
  subject_kind: null,
  subject_id: null,
  actor: 'system',
  source_ip: null,
  summary: 'x'.repeat(2000),
  details: null,
}

test(
  'a log that has grown is folded into the file beside a writer, and starts over',
  { timeout: 120_000 },
  async (t) => {
    const dir = tempDir(t)
    const store = openStore({ dir, version: '0.1.0' })
    const file = join(dir, 'state.db')
    const size = (path: string) => statSync(path).size
    let folds = 0
    let whenFolded = Promise.withResolvers<void>()
    const log = { warn: (text: string) => whenFolded.reject(new Error(text)) }
    const checkpoints = startCheckpoints(file, log, () => {
      folds++
      whenFolded.resolve()
    })
    t.after(() => store.close())
    t.after(() => checkpoints.close())

    let written = 0
    const write = (count: number) =>
      store.durable(() => {
        for (let n = 0; n < count; n++) store.events.add(EVENT)
        written += count
      })
    // SQLite alone folds at 128 MB, so what is in the file was put there by the thread.
    while (size(`${file}-wal`) < FOLD_BYTES) write(100)
    ok(size(file) < FOLD_BYTES / 2)
    write(1)
    await whenFolded.promise
    ok(size(file) > FOLD_BYTES / 2)
    write(1)
    ok(size(`${file}-wal`) < FOLD_BYTES, 'the log starts over')

    whenFolded = Promise.withResolvers<void>()
    while (size(`${file}-wal`) < FOLD_BYTES) write(100)
    await whenFolded.promise
    ok(folds >= 2)
    await checkpoints.close()
    const reader = new Database(file, { readonly: true })
    equal(reader.prepare("SELECT count(*) FROM events WHERE kind = 'test'").pluck().get(), written)
    equal(reader.pragma('integrity_check', { simple: true }), 'ok')
    reader.close()
  },
)

test(
  'a disk too full for a fold is told of, and once there is room the log is folded',
  { timeout: 60_000, ...NEEDS_ROOT },
  async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'bty-test-'))
    const mount = (...options: string[]) => execFileSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', dir])
    mount('-o', 'size=12m')
    const store = openStore({ dir, version: '0.1.0' })
    const file = join(dir, 'state.db')
    const told = Promise.withResolvers<string>()
    const folded = Promise.withResolvers<void>()
    const checkpoints = startCheckpoints(file, { warn: told.resolve }, folded.resolve)
    t.after(async () => {
      await checkpoints.close()
      store.close()
      execFileSync('umount', ['--lazy', dir])
      rmdirSync(dir)
    })
    store.durable(() => {
      for (let n = 0; n < 2200; n++) store.events.add(EVENT)
    })
    match(await told.promise, /could not be folded .*full/)
    mount('-o', 'remount,size=40m')
    store.events.add(EVENT)
    await folded.promise
    ok(statSync(file).size > FOLD_BYTES / 2)
  },
)

test(
  'where there is no database the reason is told, and nothing else happens',
  { timeout: 60_000 },
  async (t) => {
    const dir = tempDir(t)
    const { promise, resolve } = Promise.withResolvers<string>()
    const file = join(dir, 'state.db')
    writeFileSync(file, 'no database, but long enough to be looked at'.repeat(100))
    writeFileSync(`${file}-wal`, Buffer.alloc(FOLD_BYTES))
    const checkpoints = startCheckpoints(file, { warn: resolve })
    t.after(() => checkpoints.close())
    ok((await promise).includes('not a database'))
  },
)
