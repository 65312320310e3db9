/** So many may work at once; the others wait for their turn, the one that came first first. */
export interface Turns {
  /** Whether `take` would have to wait. */
  areAllTaken(): boolean
  /** Resolves with what ends the turn, to be called once. Rejects with the reason of `signal`, which gives up the place. */
  take(signal: AbortSignal): Promise<() => void>
}

export function createTurns(most: number): Turns {
  const waiting = new Set<() => void>()
  let free = most

  function end(): void {
    const [next] = waiting
    if (next === undefined) free++
    else next()
  }

  return {
    areAllTaken: () => free === 0,
    take(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return Promise.resolve(end)
      }
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(begin)
          signal.removeEventListener('abort', giveUp)
        }
        const begin = () => (leave(), resolve(end))
        const giveUp = () => (leave(), reject(signal.reason as Error))
        waiting.add(begin)
        signal.addEventListener('abort', giveUp)
      })
    },
  }
}
