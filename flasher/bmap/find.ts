import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { FlashError } from '../errors.ts'
import { call } from '../http.ts'
import { MAX_BMAP_BYTES, parseBmap } from './parse.ts'
import type { Bmap } from './bmap.ts'

export interface FoundBmap {
  /** Path or address. */
  name: string
  bmap: Bmap
}

const TIMEOUT_MS = 30_000
const COMPRESSED = /\.(?:zst|gz|xz|bz2)$/i
const IMAGE = /\.(?:img|raw|iso|wic|bin)$/i

/**
 * Where a block map may lie beside an image, in the order of bmap-tools: `x.img.zst.bmap`, `x.img.bmap`, `x.bmap`. The
 * query of an address stays; an address that names no image file has none beside it. Pure.
 */
export function bmapPlaces(src: string): string[] {
  const web = /^[a-z][a-z0-9+.-]*:\/\//i.test(src)
  const cut = web ? src.search(/[?#]|$/) : src.length
  const path = src.slice(0, cut)
  const names = [path]
  for (const ending of [COMPRESSED, IMAGE]) {
    const shorter = names.at(-1)!.replace(ending, '')
    if (shorter !== names.at(-1)) names.push(shorter)
  }
  if (web && !/^file:/i.test(src) && names.length === 1) return []
  return names.map((name) => `${name}.bmap${src.slice(cut)}`)
}

/**
 * The block map beside an image: a path, `file://`, `http://` or `https://`. Null where there is none, where its server does
 * not tell within 30 s, and where it answers with something that is no block map at all, as some do for every name.
 * Throws FlashError for a block map that cannot be used, and `cancelled`.
 */
export async function findBmap(src: string, signal: AbortSignal): Promise<FoundBmap | null> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(src)?.[1]?.toLowerCase()
  const fetch = scheme === 'http' || scheme === 'https' ? fetchAddress : readPath
  if (fetch === readPath && scheme !== undefined && scheme !== 'file') return null
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  const places = bmapPlaces(src)
  const answers = await Promise.all(places.map((place) => fetch(place, limit)))
  if (signal.aborted) throw new FlashError('cancelled', 'the flash was cancelled', signal.reason)
  for (const [i, bytes] of answers.entries())
    if (bytes !== null && isBmap(bytes)) return { name: places[i]!, bmap: parseBmap(bytes, places[i]!) }
  return null
}

function isBmap(bytes: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?\s*<(?:bmap|(?:\?xml|!--)[^]*<bmap)/.test(bytes.toString('latin1', 0, 64 * 1024))
}

/** One byte more than may be, so that what is too large is told as such. */
const READ_BYTES = MAX_BMAP_BYTES + 1

async function readPath(place: string): Promise<Buffer | null> {
  try {
    await using handle = await open(/^file:\/\//i.test(place) ? fileURLToPath(place) : place)
    const stat = await handle.stat()
    if (!stat.isFile()) return null
    const bytes = Buffer.alloc(Math.min(stat.size, READ_BYTES))
    return bytes.subarray(0, (await handle.read(bytes, 0, bytes.length, 0)).bytesRead)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
    throw new FlashError('refused', `the block map ${place} cannot be read: ${message}`, cause)
  }
}

async function fetchAddress(address: string, signal: AbortSignal): Promise<Buffer | null> {
  try {
    const response = await call(address, { headers: { 'accept-encoding': 'identity' }, signal })
    try {
      if (response.statusCode !== 200) return null
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of response as AsyncIterable<Buffer>) {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes >= READ_BYTES || !/^(?:\xef\xbb\xbf)?\s*(?:<|$)/.test(chunks[0]!.toString('latin1', 0, 64)))
          break
      }
      return Buffer.concat(chunks).subarray(0, READ_BYTES)
    } finally {
      response.destroy()
    }
  } catch {
    return null
  }
}
