import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { HttpError } from '../http/errors.ts'
import { quote } from '../http/quote.ts'

/** A bare file name. @throws {HttpError} 400 for anything else. */
export function bareName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name))
    throw new HttpError(
      400,
      `invalid name ${quote(name)}: must be a bare filename (no '/', '\\', '..', or NUL bytes)`,
    )
  return name
}

const ABSENT = [null, null] as const

export interface FoundFile {
  folder: string
  sizeBytes: number
}

/** The regular file `name` in the first folder that has it; null in none. @throws {HttpError} 400: a link leads out. */
export async function findFile(folders: readonly string[], name: string): Promise<FoundFile | null> {
  for (const folder of folders) {
    const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, name))]).catch(
      () => ABSENT,
    )
    if (root === null || file === null) continue
    if (!file.startsWith(root + sep))
      throw new HttpError(400, `invalid name ${quote(name)}: resolves outside the allowed directory`)
    const found = await stat(file)
    if (found.isFile()) return { folder, sizeBytes: found.size }
  }
  return null
}
