import { bmapFilter } from '../bmap/filter.ts'
import type { FoundBmap } from '../bmap/find.ts'
import { readMapped } from '../bmap/mapped.ts'
import { FlashError } from '../errors.ts'
import { readQcow2Header } from '../qcow2/header.ts'
import { readQcow2 } from '../qcow2/read.ts'
import { checkDigest } from '../source/digest.ts'
import { openRandom } from '../source/open.ts'
import type { RandomSource } from '../source/random.ts'
import type { OpenImage, OpenImageOptions } from './image.ts'
import type { Image } from './plan.ts'
import { originWait, watched } from './watched.ts'

/**
 * A qcow2 image, read where its tables say. Its digest, where one is known, is checked before the first byte is written.
 * Throws FlashError.
 */
export async function openQcow2(facts: Image, options: OpenImageOptions): Promise<OpenImage> {
  const random = await openCounted(facts, options)
  if (random === null)
    throw new FlashError(
      'refused',
      `${facts.src} is qcow2, which must be read at any place, and its origin does not serve ranges of one version; download it and flash the file, or offer it as img.zst`,
    )
  const { source } = random
  try {
    const header = await options.watch.during(originWait('its header'), () => readQcow2Header(source))
    return {
      facts: {
        ...facts,
        sizeBytes: source.sizeBytes,
        sniffed: { ...facts.sniffed, contentBytes: header.virtualBytes },
      },
      async check({ sha256 }) {
        if (sha256 === null) return
        await options.watch.during(originWait('an end of its digest'), () =>
          checkDigest(source, sha256, options.onRead),
        )
        random.counting = false
      },
      pieces: () => watched(readQcow2(source, header), options),
      close: () => void source.close(),
    }
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * A raw image of which only the mapped blocks are read. Null where its origin serves no ranges. Throws FlashError.
 */
export async function openMapped(
  facts: Image,
  { bmap, name }: FoundBmap,
  options: OpenImageOptions,
): Promise<OpenImage | null> {
  const random = await openCounted(facts, options)
  if (random === null) return null
  const { source } = random
  return {
    facts: { ...facts, sizeBytes: source.sizeBytes },
    blockMap: name,
    pieces: () => bmapFilter(watched(readMapped(source, bmap), options), bmap),
    close: () => void source.close(),
  }
}

interface Counted {
  source: RandomSource
  /** Whether reads are told to `onRead`. */
  counting: boolean
}

/** Null where the image has no places: a pipe, an origin without ranges. */
async function openCounted(facts: Image, options: OpenImageOptions): Promise<Counted | null> {
  const { signal, stallTimeoutMs, onRead, watch } = options
  const digestKnown = facts.sha256 !== null
  const inner = await watch.during(originWait('an answer'), () =>
    openRandom(facts.src, {
      ...options.source,
      signal,
      stallTimeoutMs,
      digestKnown,
      onWait: options.onRetry,
      onResume: options.onResume,
    }),
  )
  if (inner === null) return null
  const counted: Counted = {
    counting: true,
    source: {
      name: inner.name,
      sizeBytes: inner.sizeBytes,
      close: () => inner.close(),
      async read(position, length) {
        signal.throwIfAborted()
        const bytes = await inner.read(position, length)
        if (counted.counting) onRead(length)
        return bytes
      },
    },
  }
  return counted
}
