import { FlashError } from '../errors.ts'
import { lookAtImage } from '../flash/look.ts'
import type { SourceOptions } from '../source/open.ts'
import { imagesPart, SECTOR_BYTES } from './table.ts'
import type { Part } from './table.ts'

export interface MediumRequest {
  /** A path, `file://`, `http://`, `https://` or `oras://`. */
  src: string
  /** Over the bytes as stored. */
  sha256: string | null
}

/** A live medium that was looked at. */
export interface Medium extends MediumRequest {
  name: string
  /** What stands in front of the images partition. */
  liveBytes: number
  images: Part
  /** Smallest stick that holds it. */
  wholeBytes: number
  /** As its file name says; null when that says nothing. */
  version: string | null
}

/** Opens a medium and reads its first bytes. Throws FlashError: `refused` for what is no live medium. */
export async function openMedium(request: MediumRequest, options: SourceOptions): Promise<Medium> {
  const { src } = request
  const { source, facts, begin } = await lookAtImage({ ...request, format: null }, options)
  source.stream.destroy()
  const images = imagesPart(begin)
  const problem = facts.sniffed.foreign ?? facts.insideProblem ?? null
  if (images === null)
    throw new FlashError(
      'refused',
      problem === null
        ? `${src} is no bty live medium: it has no third partition for images. Build one with "npm run media -- usbboot-pc"`
        : `${src} is no bty live medium but ${problem}`,
    )
  const wholeBytes = (images.start + images.sectors) * SECTOR_BYTES
  const isCut = facts.sniffed.format === null && source.sizeBytes !== null && source.sizeBytes < wholeBytes
  if (isCut)
    throw new FlashError(
      'truncated',
      `${src} has ${source.sizeBytes} bytes; its partitions need ${wholeBytes}`,
    )
  const name = (source.fileName ?? src).split('/').at(-1)!
  return {
    ...request,
    name,
    liveBytes: images.start * SECTOR_BYTES,
    images,
    wholeBytes,
    version: versionOf(name),
  }
}

/** `bty-usbboot-pc-x86_64-v1.2.3.iso` -> `1.2.3`. */
export function versionOf(name: string): string | null {
  return /-v(\d[\w.+~-]*?)\.(?:iso|img)(?:\.\w+)?$/.exec(name)?.[1] ?? null
}
