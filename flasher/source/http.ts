import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { asFlashError, FlashError } from '../errors.ts'
import { call } from '../http.ts'
import type { Source } from './source.ts'

export interface HttpSourceOptions {
  signal: AbortSignal
  /** An origin that sends nothing for so long is given up. */
  stallTimeoutMs: number
}

/** Opens an image over http or https. Throws FlashError `source` or `stalled`. */
export async function openHttp(url: string, { signal, stallTimeoutMs }: HttpSourceOptions): Promise<Source> {
  const stall = new AbortController()
  const given = AbortSignal.any([signal, stall.signal])
  const stalled = () =>
    new FlashError('stalled', `${url} sent nothing for ${stallTimeoutMs / 1000} s and is given up`)
  const timer = setTimeout(() => stall.abort(stalled()), stallTimeoutMs)
  let response: IncomingMessage
  try {
    // The digest covers the bytes as stored: no transfer compression.
    response = await call(url, { headers: { 'accept-encoding': 'identity' }, signal: given })
  } catch (cause) {
    if (signal.aborted) throw asFlashError(cause, signal)
    if (stall.signal.aborted) throw stall.signal.reason
    throw new FlashError('source', `${url} cannot be fetched: ${(cause as Error).message}`, cause)
  } finally {
    clearTimeout(timer)
  }
  const problem = problemOf(response)
  if (problem !== null) {
    response.destroy()
    throw new FlashError('source', `${url} ${problem}`)
  }
  return {
    name: url,
    sizeBytes: lengthOf(response),
    stream: Readable.from(watched(response, url, stallTimeoutMs, stalled), { objectMode: false }),
  }
}

function problemOf(response: IncomingMessage): string | null {
  if (response.statusCode !== 200) return `answered ${response.statusCode} ${response.statusMessage}`
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return `is sent with content-encoding ${encoding}, which was not asked for`
  return null
}

function lengthOf(response: IncomingMessage): number | null {
  const length = Number(response.headers['content-length'] ?? NaN)
  return Number.isSafeInteger(length) && length >= 0 ? length : null
}

/** The body's chunks. Only waiting for the origin counts as a stall, never the reader's own slowness. */
async function* watched(
  response: IncomingMessage,
  url: string,
  stallTimeoutMs: number,
  stalled: () => FlashError,
): AsyncGenerator<Buffer> {
  let waitingSinceMs: number | null = null
  const watch = setInterval(() => {
    if (waitingSinceMs !== null && performance.now() - waitingSinceMs >= stallTimeoutMs)
      response.destroy(stalled())
  }, stallTimeoutMs / 4)
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const next = async () => {
    waitingSinceMs = performance.now()
    try {
      return await chunks.next()
    } catch (cause) {
      if (cause instanceof FlashError) throw cause
      throw new FlashError('truncated', `${url} broke off: ${(cause as Error).message}`, cause)
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
