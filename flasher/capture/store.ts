import { createHash } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FlashError } from '../errors.ts'
import { packZstd } from './zstd-pack.ts'
import type { PackOptions } from './zstd-pack.ts'

export interface Stored {
  sizeBytes: number
  /** Lower-case hex, over the file. */
  sha256: string
}

export interface StoreOptions extends PackOptions {
  signal: AbortSignal
  onBytes: (count: number) => void
}

/** Packs pieces into a new file with zstd and makes it durable. A piece is valid until the next one is asked for. */
export async function storeZstd(
  pieces: AsyncIterable<Buffer>,
  path: string,
  { signal, onBytes, ...packing }: StoreOptions,
): Promise<Stored> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  await using file = await open(path, 'w').catch((cause: Error) => fail(path, cause))
  const write = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      for (let done = 0; done < chunk.length;)
        done += (await file.write(chunk, done).catch((cause: Error) => fail(path, cause))).bytesWritten
      sizeBytes += chunk.length
      onBytes(chunk.length)
    }
  }
  await pipeline(packZstd(pieces, packing), write, { signal })
  await file.sync().catch((cause: Error) => fail(path, cause))
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Writes a small file whole or not at all. */
export async function storeText(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`
  try {
    await using file = await open(partial, 'w')
    await file.writeFile(text)
    await file.sync()
    await rename(partial, path)
  } catch (cause) {
    await rm(partial, { force: true })
    fail(path, cause as Error)
  }
}

/** Gives a finished file its name; the name is durable too. */
export async function settle(partial: string, path: string): Promise<void> {
  try {
    await rename(partial, path)
    await using folder = await open(dirname(path))
    await folder.sync()
  } catch (cause) {
    fail(path, cause as Error)
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

function fail(path: string, cause: Error): never {
  throw new FlashError('device', `writing ${path} failed: ${cause.message}`, cause)
}
