import type { ServerResponse } from 'node:http'
import type { Piece } from './opened.ts'

/**
 * Writes pieces as fast as the client takes them, one in its socket at a time, and ends the answer. Throws when the
 * pieces end in an error, or the client is gone or takes nothing for `idleMs`; the caller breaks the connection then.
 */
export async function sendPieces(
  res: ServerResponse,
  pieces: AsyncIterable<Piece>,
  idleMs: number,
): Promise<void> {
  let refuse: (error: Error) => void = () => {}
  let since = performance.now()
  const gone = () => refuse(new Error('the client closed the connection'))
  const slow = setInterval(() => {
    if (performance.now() - since > idleMs) res.destroy()
  }, idleMs / 4).unref()
  res.once('close', gone)
  try {
    for await (const { bytes, release } of pieces) {
      if (res.destroyed || res.closed) {
        release()
        gone()
        throw new Error('the client closed the connection')
      }
      since = performance.now()
      await new Promise<void>((resolve, reject) => {
        refuse = reject
        res.write(bytes, (error) => {
          release()
          if (error) reject(error)
          else resolve()
        })
      })
      since = performance.now()
    }
    res.end()
  } finally {
    clearInterval(slow)
    res.off('close', gone)
  }
}
