import type { Outbound } from '../outbound/outbound.ts'

/** Short questions to the web servers that images come from. Bounded in time and bytes. */

const SHA_TIMEOUT_MS = 30_000
const SHA_LIMIT_BYTES = 1024 * 1024
const HEAD_TIMEOUT_MS = 10_000

export interface Origin {
  /** Text of a digest list, at most 1 MiB. @throws {OutboundError} with the address and what went wrong. */
  digestList(url: string): Promise<string>
  /** `Content-Length` of an image; null when the origin does not tell or does not answer. */
  sizeOf(url: string): Promise<number | null>
}

export function createOrigin(outbound: Outbound): Origin {
  return {
    async digestList(url) {
      const limits = { timeoutMs: SHA_TIMEOUT_MS, limitBytes: SHA_LIMIT_BYTES }
      return (await outbound.bytes(url, limits)).toString('utf8')
    },
    async sizeOf(url) {
      try {
        const signal = AbortSignal.timeout(HEAD_TIMEOUT_MS)
        const response = await outbound.request(url, { method: 'HEAD', signal })
        response.destroy()
        const length = response.headers['content-length'] ?? ''
        return response.statusCode === 200 && /^\d{1,15}$/.test(length) ? Number(length) : null
      } catch {
        return null
      }
    },
  }
}
