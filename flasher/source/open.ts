import { FlashError } from '../errors.ts'
import { openFile } from './file.ts'
import { openHttp } from './http.ts'
import type { HttpSourceOptions } from './http.ts'
import type { Source } from './source.ts'

/** Opens an image by its address; text without a scheme is a path. Throws FlashError. */
export async function openSource(src: string, options: HttpSourceOptions): Promise<Source> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(src)?.[1]?.toLowerCase()
  if (scheme === undefined) return await openFile(src)
  if (scheme === 'http' || scheme === 'https') return await openHttp(src, options)
  throw new FlashError(
    'refused',
    `${src} cannot be flashed: this program fetches http:// and https:// images`,
  )
}
