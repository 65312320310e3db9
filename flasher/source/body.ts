import type { IncomingMessage } from 'node:http'
import { OriginError } from './patience.ts'
import { stalledError } from './ask.ts'

/**
 * The body's chunks. Only waiting for the origin counts as a stall, never the reader's own slowness. Throws OriginError
 * `stalled` or `truncated`, both passing.
 */
export async function* bodyOf(
  response: IncomingMessage,
  name: string,
  stallTimeoutMs: number,
): AsyncGenerator<Buffer> {
  let waitingSinceMs: number | null = null
  const watch = setInterval(() => {
    if (waitingSinceMs !== null && performance.now() - waitingSinceMs >= stallTimeoutMs)
      response.destroy(stalledError(name, stallTimeoutMs))
  }, stallTimeoutMs / 4)
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const next = async () => {
    waitingSinceMs = performance.now()
    try {
      return await chunks.next()
    } catch (cause) {
      if (cause instanceof OriginError) throw cause
      const text = `${name} broke off: ${(cause as Error).message}`
      throw new OriginError('truncated', text, { passing: true, cause })
    } finally {
      waitingSinceMs = null
    }
  }
  try {
    for (let result = await next(); result.done !== true; result = await next()) yield result.value
  } finally {
    clearInterval(watch)
    response.destroy()
  }
}
