import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestFor } from '../image/sidecar.ts'
import { versionOf } from './medium.ts'

/** A live medium that lies in a folder. */
export interface FoundMedium {
  path: string
  name: string
  version: string
  sizeBytes: number
  modifiedMs: number
  /** As its `.sha256` says; null without one. */
  sha256: string | null
}

/** `bty-usbboot-<machine>-v<version>.iso`, and images that may be packed. */
const NAME = /^bty-usbboot-[a-z0-9_-]+?-v\d[\w.+~-]*\.(?:iso|img(?:\.(?:gz|xz|zst))?)$/
const MAX_SIDECAR_BYTES = 64 * 1024

/** The live media for sticks in these folders, the newest file first. What cannot be read is left out; throws nothing. */
export async function findMedia(folders: readonly string[]): Promise<FoundMedium[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name))
      return await Promise.all(names.map((name) => look(folder, name)))
    }),
  )
  return found
    .flat()
    .filter((medium) => medium !== null)
    .sort((a, b) => b.modifiedMs - a.modifiedMs)
}

async function look(folder: string, name: string): Promise<FoundMedium | null> {
  const path = join(folder, name)
  const version = versionOf(name)
  const file = await stat(path).catch(() => null)
  if (file === null || !file.isFile() || version === null) return null
  const sidecar = `${path}.sha256`
  const isShort = ((await stat(sidecar).catch(() => null))?.size ?? Infinity) <= MAX_SIDECAR_BYTES
  const text = isShort ? await readFile(sidecar, 'utf8').catch(() => '') : ''
  return {
    path,
    name,
    version,
    sizeBytes: file.size,
    modifiedMs: file.mtimeMs,
    sha256: digestIn(text, name),
  }
}

function digestIn(text: string, name: string): string | null {
  try {
    return text === '' ? null : digestFor(text, name)
  } catch {
    return null
  }
}
