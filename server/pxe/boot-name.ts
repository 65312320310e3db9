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

/** Size of a regular file in `folder`. @throws {HttpError} 404 when there is none, 400 when a link leads out. */
export async function existingFile(folder: string, name: string): Promise<{ sizeBytes: number }> {
  const missing = new HttpError(404, `no such file: ${name}`)
  const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, name))]).catch(() => {
    throw missing
  })
  if (!file.startsWith(root + sep))
    throw new HttpError(400, `invalid name ${quote(name)}: resolves outside the allowed directory`)
  const found = await stat(file)
  if (!found.isFile()) throw missing
  return { sizeBytes: found.size }
}
