/** Full backups beside the bundles: `<root>/<id>.btybackup`. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { APPLICATION_ID } from '../store/migrations.ts'
import { instantOf, newestFirst } from './id.ts'

export const FULL_SUFFIX = '.btybackup'

export interface StoredFull {
  id: string
  path: string
  bytes: number
}

/** Newest first. */
export async function listFullBackups(root: string): Promise<StoredFull[]> {
  const names = await readdir(root).catch(() => [] as string[])
  const ids = names
    .filter((name) => name.endsWith(FULL_SUFFIX))
    .map((name) => name.slice(0, -FULL_SUFFIX.length))
    .filter((id) => instantOf(id) !== null)
  return Promise.all(
    ids.sort(newestFirst).map(async (id) => {
      const path = join(root, `${id}${FULL_SUFFIX}`)
      return {
        id,
        path,
        bytes: await stat(path).then(
          (info) => info.size,
          () => 0,
        ),
      }
    }),
  )
}

/** The full backup of this id; null for every other name. */
export async function findFullBackup(root: string, id: string): Promise<StoredFull | null> {
  return (await listFullBackups(root)).find((backup) => backup.id === id) ?? null
}

/** Paths by id of what retention may take: files that are ours beyond doubt, not all that is named like one. */
export async function ourFull(root: string): Promise<Map<string, string>> {
  const ours = new Map<string, string>()
  for (const { id, path } of await listFullBackups(root))
    await checkBeginning(path).then(
      () => ours.set(id, path),
      () => undefined,
    )
  return ours
}

const MAGIC = 'SQLite format 3\0'
/** SQLite's database header; the application id is at its offset 68. */
const HEADER_BYTES = 100

/** Looks at the first bytes only. @throws {Error} when the file begins with no database of ours. */
export async function checkBeginning(path: string): Promise<void> {
  const enough = new AbortController()
  let head = Buffer.alloc(0)
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      head = Buffer.concat([head, chunk.subarray(0, HEADER_BYTES - head.length)])
      if (head.length === HEADER_BYTES) enough.abort()
      done()
    },
  })
  try {
    await pipeline(createReadStream(path), createGunzip(), sink, { signal: enough.signal })
  } catch (error) {
    if (!enough.signal.aborted) throw error
  }
  if (head.length < HEADER_BYTES || head.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new Error('holds no database')
  if (head.readUInt32BE(68) !== APPLICATION_ID) throw new Error('holds the database of another program')
}
