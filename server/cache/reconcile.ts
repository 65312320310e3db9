/** Makes files and ledger agree after whatever ended the last process. */
import { rmSync } from 'node:fs'
import type { CacheFiles } from './files.ts'
import type { Hasher } from './hasher.ts'
import { isLocal } from './key.ts'
import type { Ledger, PartRow } from './ledger.ts'

export interface Known {
  url: string
  sha256: string
}

export interface ReconcileParts {
  files: CacheFiles
  ledger: Ledger
  bootId: string
  now: () => number
}

/**
 * Rows without their file go, and parts that nobody can vouch for. Files without a row are returned: what their key
 * stands for may be known elsewhere.
 */
export function reconcile({ files, ledger, bootId, now }: ReconcileParts): string[] {
  const { blobs, tmp } = files.found()
  for (const row of ledger.objects()) if (files.blobBytes(row.key) !== row.size) ledger.removeObject(row.key)
  const strangers: string[] = []
  for (const key of blobs) {
    const part = ledger.part(key)
    // The process ended between the rename and the row.
    if (part?.complete === 1 && part.total === files.blobBytes(key)) ledger.putObject(objectOf(part, now()))
    else if (ledger.object(key) === null) strangers.push(key)
  }
  const parts = new Map(ledger.parts().map((row) => [`${row.key}.part`, row]))
  for (const [name, row] of parts)
    if (!tmp.includes(name) || !isUsable(row, files.partBytes(row.key), bootId)) {
      ledger.removePart(row.key)
      parts.delete(name)
    }
  for (const name of tmp)
    if (!parts.has(name)) rmSync(`${files.dir}/tmp/${name}`, { force: true, recursive: true })
  return strangers
}

/** Can a download go on after these bytes? Pure. */
export function isUsable(row: PartRow, bytes: number, bootId: string): boolean {
  // An upload that did not come to its end was never promised to anyone.
  if (isLocal(row.url)) return false
  const isVouched = row.validator !== null || row.sha256 !== null
  const fits = row.total === null || bytes <= row.total
  return bytes > 0 && isVouched && fits && row.boot_id === bootId
}

/** Takes up a file without a row when its bytes are what `known` says; removes it otherwise. */
export async function adoptStranger(
  key: string,
  known: Known | null,
  { files, ledger, now }: ReconcileParts,
  hasher: Hasher,
): Promise<boolean> {
  const bytes = files.blobBytes(key)
  if (known !== null && bytes > 0) {
    const hashing = hasher.open()
    hashing.file(files.blob(key), bytes)
    const sha256 = await hashing.digest().catch(() => null)
    if (sha256 === known.sha256 && ledger.object(key) === null) {
      const row = { key, ...known, total: bytes, validator: null, content_type: null, boot_id: '' }
      ledger.putObject(objectOf({ ...row, complete: 1 }, now()))
      return true
    }
  }
  if (ledger.object(key) === null) await files.removeBlob(key)
  return false
}

function objectOf(part: PartRow, atMs: number) {
  return {
    key: part.key,
    url: part.url,
    size: part.total!,
    sha256: part.sha256!,
    content_type: part.content_type,
    verified: 'digest' as const,
    fetched_at: atMs,
    last_used_at: atMs,
    hits: 0,
  }
}
