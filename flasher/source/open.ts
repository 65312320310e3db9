import { fileURLToPath } from 'node:url'
import { FlashError } from '../errors.ts'
import { openFile, openStdin } from './file.ts'
import { openHttp } from './http.ts'
import { openOras, openRandomOras } from './oras.ts'
import type { OrasOptions } from './oras.ts'
import { httpPlace } from './place.ts'
import type { RandomSource } from './random.ts'
import { openRandomFile } from './random-file.ts'
import { openRandomHttp } from './random-http.ts'
import type { Source } from './source.ts'

export interface SourceOptions extends OrasOptions {
  /** A digest over the stored bytes is known and will be checked by the caller. */
  digestKnown?: boolean
}

type Address = { kind: 'stdin' | 'http' | 'oras' } | { kind: 'file'; path: string }

/** Opens an image by its address: a path, `-`, `file://`, `http(s)://` or `oras://`. Throws FlashError. */
export async function openSource(src: string, options: SourceOptions): Promise<Source> {
  const address = addressOf(src)
  switch (address.kind) {
    case 'file':
      return await openFile(address.path)
    case 'stdin':
      return openStdin()
    case 'http':
      return await openHttp(httpPlace(src, options.digestKnown === true), options)
    case 'oras':
      return await openOras(src, options)
  }
}

/** The same for reading at any place; null for a pipe, and when the origin cannot serve ranges. Throws FlashError. */
export async function openRandom(src: string, options: SourceOptions): Promise<RandomSource | null> {
  const address = addressOf(src)
  switch (address.kind) {
    case 'file':
      return await openRandomFile(address.path)
    case 'stdin':
      return null
    case 'http':
      return await openRandomHttp(httpPlace(src, options.digestKnown === true), options)
    case 'oras':
      return await openRandomOras(src, options)
  }
}

function addressOf(src: string): Address {
  if (src === '-') return { kind: 'stdin' }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(src)?.[1]?.toLowerCase()
  if (scheme === undefined) return { kind: 'file', path: src }
  if (scheme === 'http' || scheme === 'https') return { kind: 'http' }
  if (scheme === 'oras') return { kind: 'oras' }
  if (scheme === 'file') return { kind: 'file', path: pathOf(src) }
  throw new FlashError(
    'refused',
    `${src} cannot be fetched: an image is a path, -, or begins with file://, http://, https:// or oras://`,
  )
}

function pathOf(src: string): string {
  try {
    return fileURLToPath(src)
  } catch (cause) {
    const text = `${src} is no usable file:// address, which has three slashes and an absolute path`
    throw new FlashError('refused', `${text}: ${(cause as Error).message}`, cause)
  }
}
