import type { SourceWait } from '../source/patience.ts'
import type { OpenImageOptions } from './image.ts'

type Told = () => SourceWait | null

/** What the operator reads while an origin keeps everybody waiting. `told`: the trouble that it had last. */
export function originWait(what: string, told: Told = () => null) {
  const before = told()
  const text = (seconds: number) => {
    const trouble = told()
    const why =
      trouble === before || trouble === null
        ? ''
        : `: ${trouble.text}; retry ${trouble.retry} of ${trouble.maxRetries}`
    return `waiting for the origin: ${seconds} s without ${what}${why}`
  }
  return { of: 'origin', text }
}

/** Passes on what an origin sends, and notes how long each of it was waited for. */
export async function* watched<T>(
  items: AsyncIterable<T>,
  { watch, onOriginWait }: Pick<OpenImageOptions, 'watch' | 'onOriginWait'>,
  told?: Told,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (;;) {
      const sinceMs = performance.now()
      const next = await watch
        .during(originWait('a byte', told), () => iterator.next())
        .finally(() => onOriginWait(performance.now() - sinceMs))
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}
