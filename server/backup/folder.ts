/** The folder of inventory bundles: `<root>/<id>/inventory.json`. A bundle appears whole or not at all. */
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BUNDLE_FILE, bundleText, type BundleHead, type Hardware } from './bundle.ts'
import { FULL_SUFFIX } from './full-folder.ts'
import { instantOf, newestFirst } from './id.ts'

export interface StoredBackup {
  id: string
  /** Null where the bundle cannot be read. */
  machines: number | null
  /** Version of the program that wrote it; null where the bundle cannot be read. */
  version: string | null
  bytes: number
}

/** Newest first; what is not named like a backup is not ours. */
export async function listBackups(root: string): Promise<StoredBackup[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
  const ids = entries.filter((entry) => entry.isDirectory() && instantOf(entry.name) !== null)
  return Promise.all(
    ids
      .map(({ name }) => name)
      .sort(newestFirst)
      .map((id) => describe(root, id)),
  )
}

async function describe(root: string, id: string): Promise<StoredBackup> {
  const file = join(root, id, BUNDLE_FILE)
  const bytes = await stat(file).then(
    (info) => info.size,
    () => 0,
  )
  try {
    return { id, bytes, ...(await skim(file)) }
  } catch {
    return { id, machines: null, version: null, bytes }
  }
}

/** Paths by id of what retention may take: bundles that are ours beyond doubt, not all that is named like one. */
export async function ourBundles(root: string): Promise<Map<string, string>> {
  const readable = (await listBackups(root)).filter(({ version }) => version !== null)
  return new Map(readable.map(({ id }) => [id, join(root, id)]))
}

const HEAD_CHARS = 4096
const MACHINE = '\n      "mac": '

/** Version and machines of a bundle, read in pieces: one of a large fleet has hundreds of megabytes. */
async function skim(file: string): Promise<{ machines: number; version: string }> {
  let head = ''
  let rest = ''
  let machines = 0
  for await (const piece of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    if (head.length < HEAD_CHARS) head += piece.slice(0, HEAD_CHARS - head.length)
    const parts = (rest + piece).split(MACHINE)
    machines += parts.length - 1
    rest = parts.at(-1)!.slice(1 - MACHINE.length)
  }
  const version = /"exported_by_bty_version": ("(?:[^"\\]|\\.)*")/.exec(head)?.[1]
  if (version === undefined || !head.includes('"bty_export_version"')) throw new Error('no bundle')
  return { machines, version: JSON.parse(version) as string }
}

/** The folder of a backup that there is; null for every other name. */
export async function findBackup(root: string, id: string): Promise<string | null> {
  if (instantOf(id) === null || !/^[0-9TZ-]{20,40}$/.test(id)) return null
  const dir = join(root, id)
  const info = await stat(dir).catch(() => null)
  return info?.isDirectory() ? dir : null
}

/** Is there a backup of this id on the disk, of either kind? */
export function isStored(root: string, id: string): boolean {
  return existsSync(join(root, id)) || existsSync(join(root, `${id}${FULL_SUFFIX}`))
}

/** Writes a bundle through a folder of another name. Gives its place, machines and bytes. */
export async function writeBackup(
  root: string,
  id: string,
  head: BundleHead,
  machines: Iterable<Hardware>,
): Promise<{ path: string; machines: number; bytes: number }> {
  const partial = join(root, `.${id}.partial`)
  const path = join(root, id)
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true, mode: 0o750 })
  try {
    const written = await writeBundle(join(partial, BUNDLE_FILE), head, machines)
    await rename(partial, path)
    await flushFolder(root)
    return { path, ...written }
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

/** Writes `<file>` and flushes it. */
export async function writeBundle(
  file: string,
  head: BundleHead,
  machines: Iterable<Hardware>,
): Promise<{ machines: number; bytes: number }> {
  await using handle = await open(file, 'w', 0o640)
  let count = -2 // the head and the end are pieces too
  let bytes = 0
  for (const piece of bundleText(head, machines)) {
    count++
    bytes += Buffer.byteLength(piece)
    await handle.writeFile(piece)
  }
  await handle.sync()
  return { machines: count, bytes }
}

async function flushFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(dir)
  await handle.sync()
}

const LEFT = /^\.(.+)\.partial$|^(.+)\.btybackup\.(?:copy|copy-journal|copy-wal|copy-shm|partial)$/

/** Folders and files that a killed process left half written; those of the ids `inUse` stay. */
export async function removePartials(root: string, inUse: ReadonlySet<string> = new Set()): Promise<void> {
  const names = await readdir(root).catch(() => [] as string[])
  for (const name of names) {
    const found = LEFT.exec(name)
    const id = found?.[1] ?? found?.[2] ?? ''
    if (instantOf(id) !== null && !inUse.has(id)) await rm(join(root, name), { recursive: true, force: true })
  }
}
