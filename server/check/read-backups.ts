/** Looks at the backups: bundles and full ones. Reads only. */
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { BUNDLE_FILE, MAX_BUNDLE_BYTES, parseBundle } from '../backup/bundle.ts'
import { checkBeginning, FULL_SUFFIX } from '../backup/full-folder.ts'
import { instantOf } from '../backup/id.ts'
import { inspectCopy } from '../store/full-copy.ts'
import type { BackupFacts } from './backups.ts'
import { names } from './read-files.ts'

/** Other files of the folder are nobody's business. `deep`: full backups are unpacked and their database checked. */
export async function readBackups(root: string, deep: boolean): Promise<BackupFacts[]> {
  const found: BackupFacts[] = []
  for (const name of names(root).filter((name) => instantOf(name) !== null)) {
    const path = join(root, name)
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    if (!isFolder && !name.endsWith(FULL_SUFFIX)) continue
    const look = isFolder ? bundle(join(path, BUNDLE_FILE)) : deep ? unpacked(path) : checkBeginning(path)
    const wrong = await look.then(
      () => null,
      (error: Error) => error.message,
    )
    found.push({ name, wrong })
  }
  return found
}

async function bundle(path: string): Promise<void> {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info === undefined) throw new Error(`has no ${BUNDLE_FILE}`)
  if (info.size > MAX_BUNDLE_BYTES)
    throw new Error(`${BUNDLE_FILE} has ${info.size} bytes; ${MAX_BUNDLE_BYTES} are the most`)
  parseBundle(readFileSync(path, 'utf8'))
}

async function unpacked(path: string): Promise<void> {
  const temp = mkdtempSync(join(tmpdir(), 'bty-check-'))
  try {
    const database = join(temp, 'state.db')
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(database))
    inspectCopy(database)
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}
