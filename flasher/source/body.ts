import type { IncomingMessage } from 'node:http'
import { netReason } from '../net-reason.ts'
import { stalledError } from './ask.ts'
import { Gatherer } from './gather.ts'
import { OriginError } from './patience.ts'

/**
 * The body in pieces of up to 256 KiB. Only waiting for the origin counts as a stall, never
 * the reader's own slowness. Throws OriginError `stalled` or `truncated`, both passing.
 */
export async function* bodyOf(
  response: IncomingMessage,
  name: string,
  stallTimeoutMs: number,
): AsyncGenerator<Buffer> {
  const gatherer = new Gatherer()
  let ending: { error: Error | null } | null = null
  let wake = () => {}
  const end = (error: Error | null) => {
    ending ??= { error }
    wake()
  }
  response.on('data', (chunk: Buffer) => {
    gatherer.push(chunk)
    if (gatherer.isFull) response.pause()
    wake()
  })
  response.on('end', () => end(null))
  response.on('error', (error: Error) => end(error))
  response.on('close', () => end(new Error('the connection was closed')))
  let waitingSinceMs: number | null = null
  const watch = setInterval(() => {
    if (waitingSinceMs !== null && performance.now() - waitingSinceMs >= stallTimeoutMs)
      response.destroy(stalledError(name, stallTimeoutMs))
  }, stallTimeoutMs / 4)
  try {
    for (;;) {
      const piece = gatherer.take()
      if (piece !== null) {
        yield piece
        continue
      }
      if (ending !== null) return judge((ending as { error: Error | null }).error, name)
      response.resume()
      waitingSinceMs = performance.now()
      await new Promise<void>((resolve) => (wake = resolve))
      waitingSinceMs = null
    }
  } finally {
    clearInterval(watch)
    response.destroy()
  }
}

function judge(cause: Error | null, name: string): void {
  if (cause === null) return
  if (cause instanceof OriginError) throw cause
  throw new OriginError('truncated', `${name} broke off: ${netReason(cause)}`, { passing: true, cause })
}
