export interface AheadLimits {
  /** Sum of the costs of what is under way or waits to be fetched; one item may exceed it alone. */
  bytes: number
  count: number
}

/**
 * The results of `work` in the order of the items, several under way at a time. When it ends, by an error or because
 * nobody asks on, it waits for what it started.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  work: (item: T) => Promise<R>,
  cost: (item: T) => number,
  limits: AheadLimits,
): AsyncGenerator<R> {
  const waiting: { result: Promise<R>; bytes: number }[] = []
  let bytes = 0
  const source = iterate(items)
  let next: IteratorResult<T> | null = null
  try {
    for (;;) {
      next ??= await source.next()
      const nextBytes = next.done === true ? 0 : cost(next.value)
      const full = bytes + nextBytes > limits.bytes || waiting.length >= limits.count
      if (next.done !== true && (waiting.length === 0 || !full)) {
        const result = work(next.value)
        result.catch(() => {}) // it is thrown where its turn comes
        waiting.push({ result, bytes: nextBytes })
        bytes += nextBytes
        next = null
        continue
      }
      const first = waiting[0]
      if (first === undefined) return
      yield await first.result
      waiting.shift()
      bytes -= first.bytes
    }
  } finally {
    await Promise.allSettled(waiting.map(({ result }) => result))
    await source.return?.()
  }
}

function iterate<T>(items: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}
