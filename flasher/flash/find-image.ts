import { bmapFilter } from '../bmap/filter.ts'
import { findBmap } from '../bmap/find.ts'
import type { FoundBmap } from '../bmap/find.ts'
import { FlashError } from '../errors.ts'
import { openImage } from './image.ts'
import type { OpenImage, OpenImageOptions } from './image.ts'
import { openMapped, openQcow2 } from './random-image.ts'
import { chooseFormat } from './sniff.ts'
import { originWait } from './watched.ts'

export interface FindImageOptions extends OpenImageOptions {
  /** Look for a block map beside the image. */
  blockMap: boolean
}

/**
 * Finds an image and opens it the way its format is read: from front to back, or at any place for qcow2 and for raw images
 * of which a block map tells what is in use. Throws FlashError.
 */
export async function findImage(
  request: { src: string; format: string | null; sha256: string | null },
  options: FindImageOptions,
): Promise<OpenImage> {
  const { signal, watch } = options
  const image = await openImage(request, options)
  try {
    const { facts } = image
    const { format } = chooseFormat(facts.src, facts.declaredFormat, facts.sniffed, facts.name)
    if (format === 'qcow2') {
      image.close()
      return await openQcow2(facts, options)
    }
    if (format === null || !options.blockMap) return image
    const found = await watch.during(originWait('a block map'), () => findBmap(facts.src, signal))
    return found === null ? image : await withBlockMap(image, format, found, options)
  } catch (error) {
    image.close()
    throw error
  }
}

/** An image as its block map has it. Its size is known then, whatever it is packed with. */
async function withBlockMap(
  image: OpenImage,
  format: string,
  found: FoundBmap,
  options: FindImageOptions,
): Promise<OpenImage> {
  const { facts } = image
  const { imageBytes } = found.bmap
  const known = format === 'img' ? facts.sizeBytes : facts.sniffed.contentBytes
  const other = format === 'img' ? known !== imageBytes : known! > imageBytes
  if (known !== null && other)
    throw new FlashError(
      'refused',
      `the block map ${found.name} is of an image of ${imageBytes} bytes; ${facts.src} has ${known}; remove the block map, or flash without one`,
    )
  // A digest is over every stored byte, so all of them must be read.
  if (format === 'img' && facts.sha256 === null && typeof facts.pinnedSha256 !== 'string') {
    const mapped = await openMapped(facts, found, options)
    if (mapped !== null) {
      image.close()
      return mapped
    }
  }
  return {
    facts: { ...facts, sniffed: { ...facts.sniffed, contentBytes: imageBytes } },
    blockMap: found.name,
    pieces: (plan) => bmapFilter(image.pieces(plan), found.bmap),
    close: () => image.close(),
  }
}
