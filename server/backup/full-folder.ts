/** Full backups beside the bundles: `<root>/<id>.btybackup`. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { instantOf, newestFirst } from './id.ts'

export const FULL_SUFFIX = '.btybackup'

export interface StoredFull {
  id: string
  path: string
  bytes: number
}

/** Newest first. */
export async function listFullBackups(root: string): Promise<StoredFull[]> {
  const names = await readdir(root).catch(() => [] as string[])
  const ids = names
    .filter((name) => name.endsWith(FULL_SUFFIX))
    .map((name) => name.slice(0, -FULL_SUFFIX.length))
    .filter((id) => instantOf(id) !== null)
  return Promise.all(
    ids.sort(newestFirst).map(async (id) => {
      const path = join(root, `${id}${FULL_SUFFIX}`)
      return {
        id,
        path,
        bytes: await stat(path).then(
          (info) => info.size,
          () => 0,
        ),
      }
    }),
  )
}

/** The full backup of this id; null for every other name. */
export async function findFullBackup(root: string, id: string): Promise<StoredFull | null> {
  return (await listFullBackups(root)).find((backup) => backup.id === id) ?? null
}
