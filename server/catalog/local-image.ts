/** Images that lie beside a catalog in a local folder: a relative `src` is resolved inside that folder, nowhere else. */
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** A `src` without scheme. Whether it may be used is another question. Pure. */
export function hasNoScheme(src: string): boolean {
  return src !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(src)
}

/** The segments of a relative `src`. @throws {Error} when it could lead out of the folder. Pure. */
export function segmentsOf(src: string): string[] {
  if (/[\0-\x1f\x7f\\]/.test(src)) throw bad(src, 'holds a control character or a backslash')
  if (src.startsWith('/')) throw bad(src, 'is absolute; a catalog names images inside its own folder')
  const segments = src.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) throw bad(src, 'holds a .. segment')
  if (segments.length === 0) throw bad(src, 'names no file')
  return segments
}

/** The file that a relative `src` means, every symlink resolved. @throws {Error} when it is none or lies outside. */
export async function resolveInside(folder: string, src: string): Promise<string> {
  const root = await realpath(folder)
  const named = join(root, ...segmentsOf(src))
  const file = await realpath(named).catch((error: NodeJS.ErrnoException) => {
    throw bad(src, error.code === 'ENOENT' ? `is not in ${root}` : `cannot be read: ${error.code}`)
  })
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) throw bad(src, `leads out of ${root}`)
  if (!(await stat(file)).isFile()) throw bad(src, 'is not a regular file')
  return file
}

function bad(src: string, why: string): Error {
  return new Error(`src ${JSON.stringify(src)} ${why}`)
}
