/** Short questions to the web servers that images come from. Bounded in time and bytes. */

const SHA_TIMEOUT_MS = 30_000
const SHA_LIMIT_BYTES = 1024 * 1024
const HEAD_TIMEOUT_MS = 10_000

export interface Origin {
  /** Text of a digest list, at most 1 MiB. @throws {Error} with the address and what went wrong. */
  digestList(url: string): Promise<string>
  /** `Content-Length` of an image; null when the origin does not tell or does not answer. */
  sizeOf(url: string): Promise<number | null>
}

export function createOrigin(version: string): Origin {
  // Without `identity` the length could be that of a compressed answer.
  const headers = { 'User-Agent': `bty-console/${version}`, 'Accept-Encoding': 'identity' }
  return {
    async digestList(url) {
      try {
        const response = await fetch(url, { headers, signal: AbortSignal.timeout(SHA_TIMEOUT_MS) })
        if (!response.ok) {
          await response.body?.cancel()
          throw new Error(`GET ${url} returned HTTP ${response.status} ${response.statusText}`)
        }
        return await textUpTo(response, SHA_LIMIT_BYTES, url)
      } catch (error) {
        throw new Error(whatHappened(error, url), { cause: error })
      }
    },
    async sizeOf(url) {
      try {
        const response = await fetch(url, {
          method: 'HEAD',
          headers,
          signal: AbortSignal.timeout(HEAD_TIMEOUT_MS),
        })
        const length = response.headers.get('content-length')
        if (!response.ok || length === null || !/^\d{1,15}$/.test(length)) return null
        return Number(length)
      } catch {
        return null
      }
    },
  }
}

async function textUpTo(response: Response, limitBytes: number, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limitBytes)
      throw new Error(`GET ${url} sent more than ${limitBytes} bytes; is this a digest list?`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `fetch` hides the reason (refused, unknown host, reset) in the cause. */
function whatHappened(error: unknown, url: string): string {
  const { name, message, cause } = error as Error
  if (name === 'TimeoutError') return `GET ${url} did not answer within ${SHA_TIMEOUT_MS / 1000} s`
  if (message.startsWith('GET ')) return message
  return `GET ${url} failed: ${cause instanceof Error ? cause.message : message}`
}
