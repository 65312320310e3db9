import { setImmediate } from 'node:timers/promises'
import type { CatalogImage } from '../../flasher/image/catalog.ts'
import { detectFormat } from '../../flasher/image/format.ts'
import { canonicaliseSrc, imageRef } from '../../flasher/image/ref.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { type NewRow, shaOf } from './describe.ts'
import { hasNoScheme, resolveInside } from './local-image.ts'
import { rowOf, whyBad } from './rows.ts'

/** Takes a local file into the cache, whole and pinned, and gives the address that it has there. */
export type Adopt = (
  file: string,
  name: string,
) => Promise<{ src: string; sha256: string; sizeBytes: number }>

/** What is to become of one entry: a row, an error, or a row with a reservation. */
export interface Prepared {
  name: string
  row: NewRow | null
  error: string | null
}

export interface PrepareOptions {
  resolve: Outbound['resolve']
  /** Rows that exist already are not asked for: they stay as they are. */
  known(row: NewRow): boolean
  /** Folder of a local catalog; null where relative addresses are not allowed. */
  folder: string | null
  adopt: Adopt | null
  /** Most milliseconds that registries may take for the whole catalog. */
  limitMs?: number
}

const PARALLEL = 4
const LIMIT_MS = 120_000
/** Entries between two turns of the event loop, where none has to be asked for. */
const STEP_IMAGES = 250

/** Manifest entries to rows (wire contract 4.6), in their order; registries are asked four at a time. */
export async function prepareRows(images: CatalogImage[], options: PrepareOptions): Promise<Prepared[]> {
  const { limitMs = LIMIT_MS } = options
  const prepared: Prepared[] = Array.from({ length: images.length })
  const signal = AbortSignal.timeout(limitMs)
  let next = 0
  let turn = Promise.resolve()
  const worker = async () => {
    for (let i = next++; i < images.length; i = next++) {
      if (i % STEP_IMAGES === STEP_IMAGES - 1) turn = setImmediate()
      await turn
      prepared[i] = await prepare(images[i]!, options, signal, limitMs)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return prepared
}

async function prepare(
  image: CatalogImage,
  options: PrepareOptions,
  signal: AbortSignal,
  limitMs: number,
): Promise<Prepared> {
  const { name, src, ref } = image
  if (ref === null) {
    if (hasNoScheme(src)) return adopted(image, options)
    return { name, row: null, error: whyBad(src) }
  }
  const row = rowOf(image)
  if (/^https?:/i.test(src)) return { name, row: { ...row, resolved_src: src }, error: null }
  if (options.known(row)) return { name, row, error: null }
  try {
    if (signal.aborted) throw new Error(`not asked: the ${limitMs / 1000} s for all registries were used up`)
    const layer = await options.resolve(canonicaliseSrc(src), signal)
    const filled = {
      ...row,
      resolved_src: layer.url,
      disk_image_sha: row.disk_image_sha ?? shaOf(layer),
      size_bytes: row.size_bytes ?? layer.sizeBytes,
    }
    return { name, row: filled, error: null }
  } catch (error) {
    return { name, row, error: `oras (kept without sha): ${(error as Error).message}` }
  }
}

async function adopted(image: CatalogImage, { folder, adopt }: PrepareOptions): Promise<Prepared> {
  const { name, src, sha256 } = image
  const refuse = (error: string): Prepared => ({ name, row: null, error })
  if (folder === null)
    return refuse(
      `src ${JSON.stringify(src)} has no scheme; only a catalog in a local folder may name files beside it`,
    )
  try {
    const file = await resolveInside(folder, src)
    if (adopt === null) return refuse(`${file} needs the embedded cache, which is off`)
    const kept = await adopt(file, name)
    if (sha256 !== null && sha256 !== kept.sha256)
      return refuse(`${file} has the SHA-256 ${kept.sha256}; the catalog says ${sha256}`)
    const row = rowOf({
      ...image,
      src: kept.src,
      ref: imageRef(kept.src),
      format: image.format ?? detectFormat(src),
    })
    return {
      name,
      row: { ...row, resolved_src: kept.src, disk_image_sha: kept.sha256, size_bytes: kept.sizeBytes },
      error: null,
    }
  } catch (error) {
    return refuse((error as Error).message)
  }
}
