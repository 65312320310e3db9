/** Images that only this laptop has: taken in whole, with their digest, or not at all. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { AdoptedFile } from './door.ts'
import { CacheError } from './errors.ts'
import { cacheKey, localSrc } from './key.ts'
import type { Objects } from './types.ts'
import { openPart } from './part.ts'
import type { Taker } from './shelf.ts'

export interface Incoming {
  name: string
  bytes: AsyncIterable<Buffer>
  /** As announced; null when it was not. */
  sizeBytes: number | null
  /** Lower-case hex that the bytes must have; null when none was given. */
  sha256: string | null
}

const STEP_BYTES = 1024 * 1024
const MAX_NAME_BYTES = 200

/** What is wrong with a name for an image; null when nothing is. Pure. */
export function whyNotName(name: string): string | null {
  if (name === '' || name === '.' || name === '..' || /[/\\\0-\x1f\x7f]/.test(name))
    return `${JSON.stringify(name)} is no bare file name`
  const bytes = Buffer.byteLength(name)
  return bytes > MAX_NAME_BYTES ? `the name has ${bytes} bytes; ${MAX_NAME_BYTES} are the most` : null
}

/** @throws {CacheError} or what `bytes` throws; nothing of it stays then, and an image of that name before stays. */
export async function storeImage(objects: Objects, incoming: Incoming): Promise<AdoptedFile> {
  const { parts, ledger, shelf, uploads } = objects
  const src = localSrc(incoming.name)
  const key = cacheKey(src)
  if ([...uploads].some((other) => other.key === key))
    throw new CacheError('disk', `${incoming.name} is being stored already`)
  const hashing = parts.hasher.open()
  let have = 0
  let reserved = 0
  const taker: Taker = {
    key,
    get haveBytes() {
      return have
    },
    get reservedBytes() {
      return reserved
    },
  }
  const reserve = (bytes: number): void => {
    shelf.reserve(taker, bytes)
    reserved = bytes
  }
  uploads.add(taker)
  try {
    reserve(incoming.sizeBytes ?? STEP_BYTES)
    const { blocks, relieve, files } = parts
    const part = await openPart(files.part(key), 0, { blocks, hashing, relieve })
    try {
      for await (const chunk of incoming.bytes) {
        if (have + chunk.length > reserved) reserve(have + chunk.length + STEP_BYTES)
        await part.append(chunk)
        have = part.haveBytes
      }
      await part.flush()
      const sha256 = await hashing.digest()
      if (incoming.sha256 !== null && incoming.sha256 !== sha256)
        throw new CacheError(
          'digest',
          `the ${have} bytes of ${incoming.name} have sha256 ${sha256}; ${incoming.sha256} was given`,
        )
      await part.file.handle.sync()
      const row = { key, url: src, sha256, content_type: null }
      ledger.putPart({ ...row, total: have, validator: null, boot_id: '', complete: 1 })
      await files.promote(key)
      objects.forgetFile(key)
      const at = parts.now()
      const times = { fetched_at: at, last_used_at: at, hits: 0 }
      ledger.putObject({ ...row, size: have, verified: 'digest', ...times })
      return { src, sha256, sizeBytes: have }
    } finally {
      await part.close()
    }
  } catch (error) {
    hashing.drop()
    await parts.files.removePart(key)
    ledger.removePart(key)
    throw error
  } finally {
    uploads.delete(taker)
  }
}

/** Copies a file of this laptop into the cache. */
export async function storeFile(objects: Objects, path: string, name: string): Promise<AdoptedFile> {
  const wrong = whyNotName(name)
  if (wrong !== null) throw new CacheError('disk', wrong)
  const found = await stat(path)
  if (!found.isFile()) throw new CacheError('disk', `${path} is no file`)
  const bytes = createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>
  return storeImage(objects, { name, bytes, sizeBytes: found.size, sha256: null })
}
