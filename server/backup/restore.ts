/** Takes a full backup over as the state of this machine. What was there is kept beside it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, open, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Config } from '../config/keys.ts'
import { timestamps } from '../store/clock.ts'
import { checkCopy, type CopyFacts, filesOf, inspectCopy } from '../store/full-copy.ts'
import { lockStateDir } from '../store/lock.ts'
import { prepareCopy } from '../store/restore.ts'
import { backupName } from '../store/setaside.ts'
import type { CarriedFiles } from './carried-files.ts'
import { restoredToml } from './carried-toml.ts'
import { applyLocked, commitPlan, type Plan } from './pending.ts'

export interface StageOptions {
  file: string
  /** Name of the file as the operator knows it. */
  name?: string
  paths: Pick<Config['paths'], 'stateDir' | 'catalogFile'>
  now: () => number
  /** For tests: bytes that may be unpacked; the disk's free space when absent. */
  limitBytes?: number
}

/** A file that is not taken over; the message says why. Nothing has changed. */
export class RestoreError extends Error {
  override name = 'RestoreError'
}

/** Left free on the disk while a backup is unpacked. */
const RESERVE_BYTES = 64 * 1024 * 1024
const STAGING = /^restore\.[0-9a-f]{8}\.partial$/

/** Stages a file and switches to it, under the lock. @throws {RestoreError | StateDirBusyError} */
export async function restoreFullBackup(options: StageOptions): Promise<Plan> {
  const { stateDir } = options.paths
  await mkdir(stateDir, { recursive: true, mode: 0o750 })
  const unlock = lockStateDir(stateDir)
  try {
    await sweepStaging(stateDir)
    await stageRestore(options)
    return applyLocked(stateDir, options.now)!
  } finally {
    unlock()
  }
}

/**
 * Checks everything in `file` and lays its restore ready; the next start, or `applyLocked`, does it. The present state
 * is only read. @throws {RestoreError}
 */
export async function stageRestore(options: StageOptions): Promise<Plan> {
  const { file, name = file, paths, limitBytes } = options
  const staged = join(paths.stateDir, `restore.${randomBytes(4).toString('hex')}.partial`)
  await mkdir(staged, { recursive: true, mode: 0o700 })
  try {
    const database = join(staged, 'state.db')
    await unpack(file, database, limitBytes ?? (await room(paths.stateDir)))
    await checkCopy(database)
    const facts = inspectCopy(database, true)
    const plan = await planned(options, staged, facts)
    await flush(database)
    commitPlan(paths.stateDir, staged, plan)
    return plan
  } catch (error) {
    await rm(staged, { recursive: true, force: true })
    throw new RestoreError(`${name} cannot be restored: ${(error as Error).message}`, { cause: error })
  }
}

/** Removes what a program that was killed while it checked a backup has left. */
export async function sweepStaging(stateDir: string): Promise<void> {
  for (const name of await readdir(stateDir).catch(() => []))
    if (STAGING.test(name)) await rm(join(stateDir, name), { recursive: true, force: true })
}

async function planned(
  { file, name = file, paths: { stateDir, catalogFile }, now }: StageOptions,
  staged: string,
  facts: CopyFacts,
): Promise<Plan> {
  const at = new Date(now())
  const notes: string[] = []
  const moves: Plan['moves'] = []
  const move = (from: string | null, target: string) =>
    moves.push({ name: from, target, aside: backupName(target, 'before-restore', at) })
  const put = (from: string, text: string) =>
    writeFile(join(staged, from), text, { mode: 0o640, flush: true })

  const files: CarriedFiles = filesOf(join(staged, 'state.db'))
  prepareCopy(join(staged, 'state.db'), (key) => key.startsWith('netboot.network.'))
  notes.push('ProxyDHCP asks again on each network before it answers there; everybody signs in anew.')
  move('state.db', join(stateDir, 'state.db'))
  if (files['bty.toml'] !== undefined) {
    const target = join(stateDir, 'bty.toml')
    const { text, kept } = restoredToml(files['bty.toml'], textOf(target))
    await put('bty.toml', text)
    move('bty.toml', target)
    notes.push(
      `Of bty.toml, what is about one computer stays as it is here: ${kept.join(', ') || 'nothing'}.`,
    )
  }
  if (resolve(dirname(catalogFile)) !== resolve(stateDir))
    notes.push(`${catalogFile} lies outside the state directory and stays as it is.`)
  else if (files['catalog.toml'] !== undefined) {
    await put('catalog.toml', files['catalog.toml'])
    move('catalog.toml', catalogFile)
  } else if (existsSync(catalogFile)) move(null, catalogFile)
  if (files['images.json'] !== undefined) {
    await put('restored-images.json', files['images.json'])
    move('restored-images.json', join(stateDir, 'restored-images.json'))
  }
  notes.push(
    'Image bytes and boot files are not in a backup; restored-images.json names images to pin or copy.',
  )
  return {
    restore_id: randomUUID(),
    file: name,
    backup_created_at: facts.createdAt,
    backup_version: facts.version,
    machines: facts.counts.machines,
    counts: { ...facts.counts },
    staged_at: timestamps(now)(),
    notes,
    moves,
  }
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
    if (code?.startsWith('Z_') === true || code === 'ERR_STREAM_PREMATURE_CLOSE')
      throw new Error(`it is damaged or no backup (${message})`, { cause: error })
    throw error
  }
}

async function room(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return Math.max(0, bavail * bsize - RESERVE_BYTES)
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function flush(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.sync()
}
