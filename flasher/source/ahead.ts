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
  const waiting: { result: Promise<R>; bytes: number; isSettled: boolean }[] = []
  let bytes = 0
  const source = iterate(items)
  let next: IteratorResult<T> | null = null
  let asking: Promise<void> | null = null
  const ask = async () => {
    next = await source.next()
    asking = null
  }
  /** Begins with the next item; false when it must wait. */
  const begin = ({ value }: { value: T }): boolean => {
    const itsBytes = cost(value)
    if (waiting.length > 0 && (bytes + itsBytes > limits.bytes || waiting.length >= limits.count))
      return false
    const entry = { result: work(value), bytes: itsBytes, isSettled: false }
    const settled = () => void (entry.isSettled = true)
    entry.result.then(settled, settled) // an error is thrown where its turn comes
    waiting.push(entry)
    bytes += itsBytes
    return true
  }
  try {
    for (;;) {
      const known = next as IteratorResult<T> | null
      if (known === null) asking ??= heard(ask())
      else if (known.done !== true && begin(known)) {
        next = null
        continue
      }
      const first = waiting[0]
      if (first === undefined && known?.done === true) return
      // What is ready is not kept waiting for what comes behind it.
      if (asking !== null && first?.isSettled !== true) {
        await (first === undefined ? asking : Promise.race([asking, first.result]))
        continue
      }
      yield await first!.result
      waiting.shift()
      bytes -= first!.bytes
    }
  } finally {
    await Promise.allSettled([asking, ...waiting.map(({ result }) => result)])
    await source.return?.()
  }
}

/** Its error is thrown where it is waited for, and is no news before. */
function heard<P extends Promise<unknown>>(promise: P): P {
  promise.catch(() => {})
  return promise
}

function iterate<T>(items: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}
