/**
 * The full backup: the whole database (machines, bindings, labels, hardware, catalog, settings, audit log) and a few text
 * files in one gzip file. `gunzip` gives a SQLite file. It is read back before it counts as made.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { copyDatabase, type Counts } from '../store/full-copy.ts'
import { FULL_SUFFIX } from './full-folder.ts'

export interface FullBackup {
  path: string
  bytes: number
  counts: Counts
}

export interface FullOptions {
  /** `state.db` of the state directory; a server may be writing it. */
  database: string
  version: string
  nowMs: number
  /** Text files to carry along, by name. */
  files?: Readonly<Record<string, string>>
  signal?: AbortSignal
}

export function writeFullBackup(options: FullOptions & { root: string; id: string }): Promise<FullBackup> {
  return writeFullFile(join(options.root, `${options.id}${FULL_SUFFIX}`), options)
}

/** Writes `path` whole or not at all. @throws {Error} with the reason. */
export async function writeFullFile(path: string, options: FullOptions): Promise<FullBackup> {
  const { database, version, nowMs, files = {}, signal } = options
  const [copy, partial] = [`${path}.copy`, `${path}.partial`]
  await mkdir(dirname(path), { recursive: true, mode: 0o750 })
  try {
    await rm(copy, { force: true })
    const manifest = { createdAt: new Date(nowMs).toISOString(), version }
    const counts = await copyDatabase(database, copy, manifest, files, signal)
    const written = await packed(copy, partial, signal)
    if ((await unpackedDigest(partial, signal)) !== written)
      throw new Error(`${path} reads back differently from what was written; check the disk`)
    await rename(partial, path)
    return { path, bytes: (await stat(path)).size, counts }
  } finally {
    for (const left of [copy, `${copy}-journal`, partial]) await rm(left, { force: true })
  }
}

/** Gzips `from` into `to`, flushed; gives the SHA-256 of what went in. */
async function packed(from: string, to: string, signal?: AbortSignal): Promise<string> {
  const hash = hashing()
  const given = signal === undefined ? {} : { signal }
  await pipeline(
    createReadStream(from),
    hash.stream,
    createGzip({ level: 6 }),
    createWriteStream(to, { mode: 0o640 }),
    given,
  )
  await using handle = await open(to, 'r+')
  await handle.sync()
  return hash.digest()
}

async function unpackedDigest(file: string, signal?: AbortSignal): Promise<string> {
  const hash = hashing()
  const given = signal === undefined ? {} : { signal }
  await pipeline(createReadStream(file), createGunzip(), hash.stream.resume(), given)
  return hash.digest()
}

function hashing(): { stream: Transform; digest: () => string } {
  const hash = createHash('sha256')
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  return { stream, digest: () => hash.digest('hex') }
}
