import { fileURLToPath } from 'node:url'
import { FlashError } from '../errors.ts'
import { openFile } from './file.ts'
import { openHttp } from './http.ts'
import { httpPlace } from './place.ts'
import type { RandomSource } from './random.ts'
import { openRandomFile } from './random-file.ts'
import { openRandomHttp } from './random-http.ts'
import type { HttpOptions } from './random-http.ts'
import type { Source } from './source.ts'

export interface SourceOptions extends HttpOptions {
  /** A digest over the stored bytes is known and will be checked by the caller. */
  digestKnown?: boolean
}

/** Opens an image by its address; text without a scheme is a path. Throws FlashError. */
export async function openSource(src: string, options: SourceOptions): Promise<Source> {
  const { scheme, path } = addressOf(src)
  if (path !== null) return await openFile(path)
  if (scheme === 'http' || scheme === 'https')
    return await openHttp(httpPlace(src, options.digestKnown === true), options)
  throw unknownScheme(src)
}

/** The same for reading at any place; null when the origin cannot serve ranges, or for a pipe. Throws FlashError. */
export async function openRandom(src: string, options: SourceOptions): Promise<RandomSource | null> {
  const { scheme, path } = addressOf(src)
  if (path !== null) return await openRandomFile(path)
  if (scheme === 'http' || scheme === 'https')
    return await openRandomHttp(httpPlace(src, options.digestKnown === true), options)
  throw unknownScheme(src)
}

function addressOf(src: string): { scheme: string | null; path: string | null } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(src)?.[1]?.toLowerCase() ?? null
  if (scheme === null) return { scheme, path: src }
  if (scheme !== 'file') return { scheme, path: null }
  try {
    return { scheme, path: fileURLToPath(src) }
  } catch (cause) {
    throw new FlashError('refused', `${src} is no usable file:// address: ${(cause as Error).message}`, cause)
  }
}

function unknownScheme(src: string): FlashError {
  return new FlashError(
    'refused',
    `${src} cannot be flashed: this program fetches http:// and https:// images`,
  )
}
