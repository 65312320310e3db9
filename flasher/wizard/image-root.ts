import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { detectArch } from '../image/arch.ts'
import { detectFormat } from '../image/format.ts'
import { digestFor } from '../image/sidecar.ts'
import type { ListedImage } from './images.ts'

export const DEFAULT_IMAGE_ROOT = '/var/lib/bty/images'
/** Lies in the image root and is merged with the catalog that was asked for. */
export const LOCAL_CATALOG = 'catalog.toml'

/** Longest digest file that is read, in bytes. */
const MAX_SIDECAR_BYTES = 64 * 1024

/**
 * The images that lie in `root`, sorted by name (wire contract 1.5): regular files with a known extension, not in
 * subdirectories, no links. A root that is not there holds none. Throws nothing; what cannot be read is left out.
 */
export async function scanImageRoot(root: string): Promise<ListedImage[]> {
  const names = await readdir(root).catch(() => [])
  const found = await Promise.all(names.toSorted().map((name) => look(root, name)))
  return found.filter((image) => image !== null)
}

async function look(root: string, name: string): Promise<ListedImage | null> {
  const format = detectFormat(name)
  if (format === null) return null
  const path = join(root, name)
  const entry = await lstat(path).catch(() => null)
  if (entry === null || !entry.isFile()) return null
  return {
    name,
    src: path,
    source: 'local',
    format,
    arch: detectArch(name),
    sizeBytes: entry.size,
    sha256: await sidecarDigest(path, name),
    description: null,
    ref: null,
  }
}

/** What `<file>.sha256` says of the file; null when there is none, or none that can be read. */
async function sidecarDigest(path: string, name: string): Promise<string | null> {
  try {
    await using file = await open(`${path}.sha256`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_SIDECAR_BYTES), 0, MAX_SIDECAR_BYTES, 0)
    const text = buffer.toString('utf8', 0, bytesRead)
    const first = /^\s*([0-9a-f]{64})(?=\s|$)/i.exec(text)?.[1]?.toLowerCase()
    return text.trim().includes('\n') ? digestFor(text, name) : (first ?? null)
  } catch {
    return null
  }
}
