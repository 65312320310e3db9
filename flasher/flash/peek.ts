import { Readable } from 'node:stream'

/**
 * The first bytes of a stream, at least `size` unless it ends before, and a stream that begins with them and goes on
 * with the rest. Throws what the stream throws.
 */
export async function peek(
  stream: Readable,
  size: number,
  signal: AbortSignal,
): Promise<{ head: Buffer; stream: Readable }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const stop = () => void stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  const parts: Buffer[] = []
  let bytes = 0
  try {
    signal.throwIfAborted()
    while (bytes < size) {
      const next = await chunks.next()
      if (next.done === true) break
      parts.push(next.value)
      bytes += next.value.length
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  const again = Readable.from(joined(parts, chunks), { objectMode: false })
  // The generator itself would wait for the chunk that is under way, which may never come.
  again.once('close', () => stream.destroy())
  return { head: Buffer.concat(parts), stream: again }
}

async function* joined(parts: Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) yield part
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}
