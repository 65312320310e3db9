/** Short questions to the servers that images come from. Bounded in time and bytes. */
import type { IncomingMessage } from 'node:http'
import type { Outbound } from '../outbound/outbound.ts'

const SHA_TIMEOUT_MS = 30_000
const SHA_LIMIT_BYTES = 1024 * 1024
const HEAD_TIMEOUT_MS = 10_000

export interface Origin {
  /** Text of a digest list, at most 1 MiB. @throws {OutboundError} with the address and what went wrong. */
  digestList(url: string): Promise<string>
  /** `Content-Length` of an image; null when the origin does not tell or does not answer. */
  sizeOf(url: string): Promise<number | null>
  /** Asks for the head of an image. @throws {Error} when it is not there. */
  head(url: string, timeoutMs: number): Promise<{ sizeBytes: number | null }>
  /** What an `oras://` reference stands for. @throws {Error} with the reason. */
  resolve: Outbound['resolve']
}

export function createOrigin(outbound: Outbound): Origin {
  async function head(url: string, timeoutMs: number) {
    const signal = AbortSignal.timeout(timeoutMs)
    const ask = async (method: 'GET' | 'HEAD') => {
      const answer = await outbound.request(url, { method, signal })
      answer.destroy() // of a GET only the head is of interest
      return answer
    }
    let answer: IncomingMessage
    try {
      answer = await ask('HEAD')
      if (answer.statusCode === 405 || answer.statusCode === 501) answer = await ask('GET')
    } catch (error) {
      const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : (error as Error).message
      throw new Error(`image URL not reachable: ${url} (${why})`, { cause: error })
    }
    if (answer.statusCode !== 200)
      throw new Error(
        `image URL not reachable: ${url} (HTTP Error ${answer.statusCode}: ${answer.statusMessage ?? ''})`,
      )
    const length = answer.headers['content-length'] ?? ''
    return { sizeBytes: /^\d{1,15}$/.test(length) ? Number(length) : null }
  }
  return {
    async digestList(url) {
      const bytes = await outbound.bytes(url, {
        timeoutMs: SHA_TIMEOUT_MS,
        limitBytes: SHA_LIMIT_BYTES,
      })
      return bytes.toString('utf8')
    },
    sizeOf: async (url) => (await head(url, HEAD_TIMEOUT_MS).catch(() => null))?.sizeBytes ?? null,
    head,
    resolve: (src, signal) => outbound.resolve(src, signal),
  }
}
