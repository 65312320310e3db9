import { FlashError } from '../errors.ts'
import { decompressor } from './decompress.ts'
import { expecting } from './expecting.ts'
import { lookAtImage } from './look.ts'
import type { Piece } from './piece.ts'
import type { FlashPlan, Image } from './plan.ts'
import type { SourceOptions } from '../source/open.ts'
import type { SourceWait } from '../source/patience.ts'
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
  /** A cut or stalled download will be tried again in a while. */
  onRetry?: ((wait: SourceWait) => void) | undefined
  /** Its next byte is here. */
  onResume?: (() => void) | undefined
  source?: Pick<SourceOptions, 'pausesMs' | 'registry'> | undefined
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
  const { signal, stallTimeoutMs, watch, onResume } = options
  let trouble: SourceWait | null = null
  const told = () => trouble
  const onWait = (wait: SourceWait) => {
    trouble = wait
    options.onRetry?.(wait)
  }
  const { source, facts } = await watch.during(originWait('an answer', told), () =>
    lookAtImage(request, { ...options.source, signal, stallTimeoutMs, onWait, onResume }),
  )
  const { stream, name } = source
  const stop = () => void stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  const close = () => {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
  return {
    facts,
    pieces({ format, storedBytes, sha256 }) {
      if (format === 'qcow2') throw new FlashError('internal', 'qcow2 is not read from front to back')
      const expected = { name, sizeBytes: storedBytes, sha256 }
      return decompressor(format)(expecting(watched(stream, options, told), expected, options.onRead))
    },
    close,
  }
}
