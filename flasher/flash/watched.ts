import type { OpenImageOptions } from './image.ts'

/** What the operator reads while an origin keeps everybody waiting. */
export function originWait(what: string) {
  return { of: 'origin', text: (seconds: number) => `waiting for the origin: ${seconds} s without ${what}` }
}

/** Passes on what an origin sends, and notes how long each of it was waited for. */
export async function* watched<T>(
  items: AsyncIterable<T>,
  { watch, onOriginWait }: Pick<OpenImageOptions, 'watch' | 'onOriginWait'>,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  const wait = originWait('a byte')
  try {
    for (;;) {
      const sinceMs = performance.now()
      const next = await watch
        .during(wait, () => iterator.next())
        .finally(() => onOriginWait(performance.now() - sinceMs))
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}
