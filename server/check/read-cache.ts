/** Looks at the cache's folder. Reads only. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { listLedger } from '../cache/ledger.ts'
import type { CacheFacts } from './cache.ts'
import { names } from './read-files.ts'

/** Null where there is no cache yet. `deep`: every image is read. @throws {Error} of the file system. */
export async function readCache(dir: string, running: boolean, deep: boolean): Promise<CacheFacts | null> {
  const file = join(dir, 'cache.db')
  if (!existsSync(file)) return null
  const blobs = new Map<string, number>()
  for (const name of names(join(dir, 'blobs'))) {
    const info = statSync(join(dir, 'blobs', name), { throwIfNoEntry: false })
    if (info !== undefined) blobs.set(name, info.size)
  }
  const found = { blobs, tmp: names(join(dir, 'tmp')) }
  const digests = new Map<string, string>()
  try {
    const { objects, parts } = listLedger(file, running)
    if (deep)
      for (const { key } of objects)
        if (blobs.has(key)) digests.set(key, await sha256(join(dir, 'blobs', key)))
    return { unreadable: null, objects, parts: parts.map(({ key }) => key), ...found, digests }
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    if (!code.startsWith('SQLITE_')) throw error
    return { unreadable: message, objects: [], parts: [], ...found, digests }
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
