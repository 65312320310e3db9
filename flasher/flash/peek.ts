import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** The first bytes of a stream, at most `size`, which stay in it. Throws what the stream throws. */
export async function peek(stream: Readable, size: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    if (stream.errored) throw stream.errored
    const head = stream.read(size) as Buffer | null
    if (head !== null) {
      stream.unshift(head)
      return head
    }
    if (stream.readableEnded) return Buffer.alloc(0)
    await Promise.race([once(stream, 'readable', { signal }), once(stream, 'end', { signal })])
  }
}
