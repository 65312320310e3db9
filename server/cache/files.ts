/** The files of the cache: whole ones in `blobs/`, those that still arrive in `tmp/`. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { BLOCK_BYTES, type Block, type Blocks } from './blocks.ts'

export interface CacheFiles {
  readonly dir: string
  blob(key: string): string
  part(key: string): string
  partBytes(key: string): number
  blobBytes(key: string): number
  /** Names in `blobs/` and `tmp/`. */
  found(): { blobs: string[]; tmp: string[] }
  /** Moves a flushed part to its final name; on the disk when this resolves. */
  promote(key: string): Promise<void>
  removeBlob(key: string): Promise<void>
  removePart(key: string): Promise<void>
  /** Writes a small file and takes it away again. @throws {Error} of the file system. */
  tryWrite(): Promise<void>
  space(): { freeBytes: number; diskBytes: number }
}

/** Begin of the names of files that only try whether the folder takes them. */
const PROBE = 'try-'

/** Makes the folders. @throws {Error} of the file system. */
export function cacheFiles(dir: string): CacheFiles {
  const blobs = join(dir, 'blobs')
  const tmp = join(dir, 'tmp')
  for (const path of [blobs, tmp]) mkdirSync(path, { recursive: true, mode: 0o750 })
  const files: CacheFiles = {
    dir,
    blob: (key) => join(blobs, key),
    part: (key) => join(tmp, `${key}.part`),
    partBytes: (key) => sizeOf(files.part(key)),
    blobBytes: (key) => sizeOf(files.blob(key)),
    found: () => ({ blobs: readdirSync(blobs), tmp: readdirSync(tmp) }),
    async promote(key) {
      await rename(files.part(key), files.blob(key))
      const folder = await open(blobs)
      // Windows cannot flush a folder.
      await folder.sync().catch(() => undefined)
      await folder.close()
    },
    removeBlob: (key) => rm(files.blob(key), { force: true }),
    removePart: (key) => rm(files.part(key), { force: true }),
    async tryWrite() {
      const path = join(tmp, `${PROBE}${randomUUID()}`)
      try {
        await writeFile(path, Buffer.alloc(4096), { flag: 'wx' })
      } finally {
        await rm(path, { force: true })
      }
    },
    space() {
      const { bavail, blocks, bsize } = statfsSync(dir)
      return { freeBytes: bavail * bsize, diskBytes: blocks * bsize }
    },
  }
  return files
}

/** 0 when there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Identity of this boot of the machine; a new one every time where the system tells none. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return `unknown-${Date.now()}-${process.pid}`
  }
}

/** An open file that any number of readers share; closed when the last one lets go. */
export interface SharedFile {
  readonly id: number
  readonly handle: FileHandle
  hold(): SharedFile
  release(): void
  /** A held block, filled up to `limitBytes` of the file. */
  block(index: number, limitBytes: number): Promise<Block> | Block
}

let nextFile = 1

/** Held once, by the caller. */
export function sharedFile(handle: FileHandle, blocks: Blocks): SharedFile {
  const id = nextFile++
  let holders = 1
  const file: SharedFile = {
    id,
    handle,
    hold() {
      holders++
      return file
    },
    release() {
      if (--holders > 0) return
      blocks.forget(`${id}/`)
      void handle.close().catch(() => undefined)
    },
    block(index, limitBytes) {
      const at = index * BLOCK_BYTES
      return blocks.get(`${id}/${index}`, async (bytes) => {
        const wanted = Math.min(BLOCK_BYTES, limitBytes - at)
        let filled = 0
        while (filled < wanted) {
          const { bytesRead } = await handle.read(bytes, filled, wanted - filled, at + filled)
          if (bytesRead === 0) break
          filled += bytesRead
        }
        return filled
      })
    },
  }
  return file
}
