import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { asFlashError, FlashError } from '../errors.ts'
import { unbzip2 } from '../unpack/bzip2.ts'
import { unxz } from '../unpack/xz.ts'
import type { PackedFormat } from './sniff.ts'
import { FrameCutter } from './zstd-frames.ts'

const OPTIONS = {
  /** Each output piece costs a trip through the thread pool; larger ones only left more for the garbage collector. */
  chunkSize: 256 * 1024,
  /** A chunk is asked for when the one before has been consumed: it is not valid for longer. */
  writableHighWaterMark: 1,
}

export type Decompressor = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>

/** The stage that turns stored bytes into disk bytes. It throws FlashError `truncated` or `corrupt`. */
export function decompressor(format: PackedFormat): Decompressor {
  return { img: passOn, 'img.gz': gunzip, 'img.zst': unzstd, 'img.xz': unxz, 'img.bz2': unbzip2 }[format]
}

async function* passOn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}

/** All members of a gzip stream; Node's gunzip reads concatenated ones and refuses garbage behind the last. */
async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* through(chunks, createGunzip(OPTIONS), 'gzip')
}

async function* unzstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = chunks[Symbol.asyncIterator]()
  const cutter = new FrameCutter()
  const pending: ReturnType<FrameCutter['push']> = []

  /** Fills `pending`; false at the end of the stream. */
  async function more(): Promise<boolean> {
    const next = await input.next()
    if (next.done === true) return false
    try {
      pending.push(...cutter.push(next.value))
    } catch (cause) {
      throw new FlashError('corrupt', (cause as Error).message, cause)
    }
    return true
  }

  async function* frame(): AsyncGenerator<Buffer> {
    for (;;) {
      while (pending.length > 0) {
        const piece = pending.shift()!
        if (piece.type === 'end') return
        yield piece.bytes
      }
      if (!(await more())) return
    }
  }

  try {
    for (;;) {
      while (pending.length === 0) if (!(await more())) return finish(cutter)
      yield* through(frame(), createZstdDecompress(OPTIONS), 'zstd')
    }
  } finally {
    // Whoever feeds this has a thread that hashes; not waited for, as the origin may be silent.
    void input.return?.()
  }
}

function finish(cutter: FrameCutter): void {
  try {
    cutter.finish()
  } catch (cause) {
    throw new FlashError('truncated', (cause as Error).message, cause)
  }
}

async function* through(
  chunks: AsyncIterable<Buffer>,
  stream: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  name: string,
): AsyncGenerator<Buffer> {
  const feeding = pipeline(chunks, stream)
  feeding.catch(() => {}) // reported by the loop below
  try {
    yield* stream as AsyncIterable<Buffer>
    await feeding
  } catch (cause) {
    if (cause instanceof FlashError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (code === 'Z_BUF_ERROR')
      throw new FlashError('truncated', `the ${name} stream is cut off: ${(cause as Error).message}`, cause)
    if (/^Z_|^ZSTD/.test(code))
      throw new FlashError('corrupt', `the ${name} stream is damaged: ${(cause as Error).message}`, cause)
    throw asFlashError(cause)
  }
}
