/** Images that are put onto sticks: what is asked for, what they are called there, and whether they fit. */
import { stringify } from 'smol-toml'
import { FlashError } from '../errors.ts'
import { fileName } from '../exfat/directory.ts'
import { clustersFor } from '../exfat/geometry.ts'
import { roomFor } from '../exfat/new-volume.ts'
import { detectFormat, isFormat } from '../image/format.ts'
import { openSource } from '../source/open.ts'
import type { SourceOptions } from '../source/open.ts'

/** An image of a catalog. */
export interface BurnImage {
  name: string
  src: string
  format: string | null
  /** Over the bytes as stored. */
  sha256: string | null
  arch: string | null
  description: string | null
}

/** The same when its origin was asked. */
export interface SizedImage extends BurnImage {
  /** Its name on the stick. */
  file: string
  bytes: number
}

/** Marks a stick whose partition has its size: the live system leaves it as it is. */
export const GROWN_MARK = '.bty-grown'
export const CATALOG = 'catalog.toml'
const ZEROS = '0'.repeat(64)

/** Asks each origin for size and digest, and gives each image a name of its own. Throws FlashError. */
export async function sizeImages(
  images: readonly BurnImage[],
  options: SourceOptions,
): Promise<SizedImage[]> {
  const taken = new Set([CATALOG, GROWN_MARK])
  const sized: SizedImage[] = []
  for (const image of images) {
    const source = await openSource(image.src, { ...options, digestKnown: image.sha256 !== null })
    source.stream.on('error', () => {})
    source.stream.destroy()
    const { sizeBytes, sha256: pinned } = source
    if (sizeBytes === null)
      throw new FlashError(
        'refused',
        `${image.name}: ${source.name} does not say how long it is, so nobody knows whether it fits`,
      )
    const sha256 = image.sha256?.toLowerCase().replace(/^sha256:/, '') ?? null
    if (sha256 !== null && pinned !== null && pinned !== sha256)
      throw new FlashError(
        'refused',
        `${image.name}: ${image.src} stands for sha256 ${pinned} now; expected is ${sha256}`,
      )
    sized.push({ ...image, sha256: sha256 ?? pinned, bytes: sizeBytes, file: nameOnStick(image, taken) })
  }
  return sized
}

/** Ends as its format does, so that it is found without a catalog too. */
function nameOnStick({ name, src, format }: BurnImage, taken: Set<string>): string {
  const end =
    detectFormat(name) === null ? (knownFormat(format) ?? detectFormat(src.split(/[?#]/, 1)[0]!)) : null
  const wanted = fileName(name.slice(0, 200), 'image')
  for (let n = 1; ; n++) {
    const file = `${n === 1 ? '' : `${n}-`}${wanted}${end === null ? '' : `.${end}`}`
    if (taken.has(file.toLowerCase())) continue
    taken.add(file.toLowerCase())
    return file
  }
}

function knownFormat(format: string | null): string | null {
  return format !== null && isFormat(format) ? format : null
}

/**
 * The catalog that names the copies. A digest that is not known before the copy takes its place from `digests`, by the name of the file; the
 * text has the same length either way.
 */
export function stickCatalog(images: readonly SizedImage[], digests: ReadonlyMap<string, string>): Buffer {
  const head = images.length === 0 ? '# Copy images beside this file, or list them here.\n' : ''
  const tables = images.map(({ name, file, sha256, format, bytes, description, arch }) => ({
    name,
    src: file,
    sha256: sha256 ?? digests.get(file) ?? ZEROS,
    ...(format !== null && { format }),
    size_bytes: bytes,
    ...(description !== null && { description }),
    ...(arch !== null && { arch }),
  }))
  return Buffer.from(
    `version = 1\n${head}${tables.length === 0 ? '' : `\n${stringify({ images: tables })}\n`}`,
  )
}

/** Whether images fit into an images partition, in whole clusters. Pure. */
export function fitOf(images: readonly SizedImage[], partitionBytes: number): Fit {
  const names = [CATALOG, GROWN_MARK, ...images.map(({ file }) => file)]
  const { clusterBytes, freeClusters } = roomFor(names, partitionBytes)
  const sizes = [stickCatalog(images, new Map()).length, ...images.map(({ bytes }) => bytes)]
  const needed = sizes.reduce((sum, bytes) => sum + clustersFor(bytes, clusterBytes), 0)
  return {
    neededBytes: needed * clusterBytes,
    freeBytes: freeClusters * clusterBytes,
    fits: needed <= freeClusters,
  }
}

export interface Fit {
  neededBytes: number
  freeBytes: number
  fits: boolean
}
