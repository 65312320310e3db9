/** Time limits on another server's silence. */
import type { IncomingMessage } from 'node:http'

/** Runs `work` with a signal that ends it after `ms` without a result; the signal of a result that came stays quiet. */
export async function withStallLimit<T>(
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const error = new Error(`no answer within ${ms / 1000} s`)
  const timer = setTimeout(() => limit.abort(error), ms)
  try {
    return await work(AbortSignal.any([outer, limit.signal]))
  } catch (thrown) {
    throw limit.signal.aborted ? error : thrown
  } finally {
    clearTimeout(timer)
  }
}

export interface BodyWatch {
  /** Bytes have come. */
  saw(): void
  /** Until the next `saw` it is us who are slow. */
  rest(): void
  end(): void
}

/** Breaks off a body that sends nothing for `ms`. */
export function watchBody(response: IncomingMessage, ms: number): BodyWatch {
  let sinceMs: number | null = performance.now()
  const timer = setInterval(() => {
    if (sinceMs !== null && performance.now() - sinceMs >= ms)
      response.destroy(new Error(`the origin sent nothing for ${ms / 1000} s`))
  }, ms / 4)
  return {
    saw: () => void (sinceMs = performance.now()),
    rest: () => void (sinceMs = null),
    end: () => clearInterval(timer),
  }
}

/**
 * Hands over a body chunk by chunk, each good until `take` returns; what `take` gives is waited for without counting as
 * the origin's silence. @throws {Error} when it breaks or ends early, and what `take` throws.
 */
export async function takeBody(
  response: IncomingMessage,
  watch: BodyWatch,
  take: (chunk: Buffer) => Promise<void> | void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let room = Promise.resolve()
  let isOver = false
  response.on('data', (chunk: Buffer) => {
    if (isOver) return
    watch.saw()
    try {
      const wait = take(chunk)
      if (wait === undefined) return
      response.pause()
      response.socket.pause() // else it reads on until the response has a buffer full
      watch.rest()
      room = wait.then(() => {
        watch.saw()
        response.resume()
        response.socket.resume()
      })
      room.catch((error: Error) => {
        isOver = true
        reject(error)
      })
    } catch (thrown) {
      isOver = true
      reject(thrown as Error)
    }
  })
  response.on('end', resolve)
  response.on('error', reject)
  response.on('close', () => reject(new Error('the origin closed the connection early')))
  if (response.destroyed) reject(new Error('the origin closed the connection early'))
  try {
    await promise
    await room
  } finally {
    watch.end()
    response.destroy()
  }
  if (!response.complete) throw new Error('the origin closed the connection early')
}
