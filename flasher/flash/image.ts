import { FlashError } from '../errors.ts'
import { openSource } from '../source/open.ts'
import { decompressor } from './decompress.ts'
import { expecting } from './expecting.ts'
import { peek } from './peek.ts'
import type { Piece } from './piece.ts'
import type { FlashPlan, Image } from './plan.ts'
import { sniff, SNIFF_BYTES } from './sniff.ts'
import type { Watch } from './watch.ts'
import { originWait, watched } from './watched.ts'

/** An image that was found and looked at, ready to be read once. */
export interface OpenImage {
  /** What a plan is made from. */
  facts: Image
  /** The expanded image from front to back, its stored bytes judged at their end. Throws FlashError. */
  pieces(plan: ReadPlan): AsyncIterable<Piece>
  /** What can be judged before the first byte is written, where there is such. Throws FlashError. */
  check?: (plan: ReadPlan) => Promise<void>
  /** The block map that was found beside it. */
  blockMap?: string
  /** Also while it is being read, which then ends with an error. */
  close(): void
}

export type ReadPlan = Pick<FlashPlan, 'format' | 'sha256' | 'storedBytes'>

export interface OpenImageOptions {
  signal: AbortSignal
  /** An origin that sends nothing for so long is given up. */
  stallTimeoutMs: number
  watch: Watch
  /** Stored bytes as they arrive. */
  onRead: (bytes: number) => void
  /** Time spent waiting for the origin. */
  onOriginWait: (ms: number) => void
}

/** Finds an image and reads its first bytes. Throws FlashError. */
export async function openImage(
  request: { src: string; format: string | null; sha256: string | null },
  options: OpenImageOptions,
): Promise<OpenImage> {
  const { signal, stallTimeoutMs, watch } = options
  const source = await watch.during(originWait('an answer'), () =>
    openSource(request.src, { signal, stallTimeoutMs }),
  )
  const { stream, sizeBytes, name } = source
  stream.on('error', () => {}) // whoever reads it hears of it; while nobody does, it is nobody's
  const stop = () => void stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  const close = () => {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
  try {
    const sniffed = sniff(
      await watch.during(originWait('its first bytes'), () => peek(stream, SNIFF_BYTES, signal)),
    )
    const { src, format: declaredFormat } = request
    return {
      facts: { src, declaredFormat, sha256: request.sha256, sizeBytes, sniffed },
      pieces({ format, storedBytes, sha256 }) {
        if (format === 'qcow2') throw new FlashError('internal', 'qcow2 is not read from front to back')
        const expected = { name, sizeBytes: storedBytes, sha256 }
        return decompressor(format)(expecting(watched(stream, options), expected, options.onRead))
      },
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}
