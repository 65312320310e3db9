/** Takes a full backup over as the state of this machine. What was there is kept beside it. */
import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { copyFile, link, mkdir, open, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type CopyFacts, foldLog, inspectCopy, settleCopy } from '../store/full-copy.ts'
import { lockStateDir } from '../store/lock.ts'
import { openStore } from '../store/open.ts'
import { backupName } from '../store/setaside.ts'
import { backupEvent } from './events.ts'

export interface Restored extends CopyFacts {
  /** The state that was there before; null when there was none. */
  asideAt: string | null
}

export interface RestoreOptions {
  file: string
  stateDir: string
  version: string
  now: () => number
  /** For tests: bytes that may be unpacked; the disk's free space when absent. */
  limitBytes?: number
}

/** Left free on the disk while a backup is unpacked. */
const RESERVE_BYTES = 64 * 1024 * 1024

/**
 * Checks everything, then switches in one step: killed before it, the old state stands; killed after it, the new one.
 * @throws {Error} with the reason, nothing changed; StateDirBusyError while a server runs.
 */
export async function restoreFullBackup(options: RestoreOptions): Promise<Restored> {
  const { file, stateDir, version, now } = options
  await mkdir(stateDir, { recursive: true, mode: 0o750 })
  const unlock = lockStateDir(stateDir)
  const incoming = join(stateDir, `restore.${randomBytes(4).toString('hex')}.partial`)
  const database = join(stateDir, 'state.db')
  let restored: Restored
  try {
    await unpack(file, incoming, options.limitBytes ?? (await room(stateDir)))
    const facts = refused(file, () => inspectCopy(incoming))
    settleCopy(incoming)
    await flush(incoming)
    const asideAt = existsSync(database) ? backupName(database, 'before-restore', new Date(now())) : null
    if (asideAt !== null) await keep(database, asideAt)
    await rename(incoming, database)
    await rm(`${database}-shm`, { force: true })
    restored = { ...facts, asideAt }
  } finally {
    for (const left of [incoming, `${incoming}-journal`, `${incoming}-wal`, `${incoming}-shm`])
      await rm(left, { force: true })
    unlock()
  }
  const store = openStore({ dir: stateDir, version, now })
  store.durable(() =>
    store.events.add(
      backupEvent(
        'system.restored',
        restored.createdAt,
        `The state was restored from ${file}, made ${restored.createdAt}`,
        {
          file,
          created_at: restored.createdAt,
          by_version: restored.version,
          archived_at: restored.asideAt,
          counts: restored.counts,
        },
      ),
    ),
  )
  store.close()
  return restored
}

async function unpack(file: string, to: string, limitBytes: number): Promise<void> {
  let size = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size <= limitBytes) done(null, chunk)
      else done(new Error(`it unpacks to more than the ${limitBytes} bytes that there is room for`))
    },
  })
  try {
    await pipeline(createReadStream(file), createGunzip(), bounded, createWriteStream(to, { mode: 0o640 }))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isGzip = code?.startsWith('Z_') === true || code === 'ERR_STREAM_PREMATURE_CLOSE'
    throw new Error(
      `${file} cannot be restored: ${isGzip ? `it is damaged or no backup (${message})` : message}`,
      {
        cause: error,
      },
    )
  }
}

function refused<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${file} cannot be restored: ${(error as Error).message}`, { cause: error })
  }
}

async function room(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return Math.max(0, bavail * bsize - RESERVE_BYTES)
}

/** A second name for the old database, so that the switch itself is one rename. */
async function keep(database: string, asideAt: string): Promise<void> {
  try {
    foldLog(database)
  } catch {
    // Not ours, or damaged: its log is kept with it.
    for (const part of ['-wal', '-journal'])
      if (existsSync(database + part)) await copyFile(database + part, asideAt + part)
  }
  await link(database, asideAt).catch(() => copyFile(database, asideAt))
  for (const part of ['-wal', '-journal']) await rm(database + part, { force: true })
}

async function flush(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.sync()
}
