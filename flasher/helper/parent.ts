const LOOK_MS = 250

/** Calls back once when the process that started this one is gone: its children get a new parent then. */
export function whenOrphaned(then: () => void): Disposable {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    then()
  }, LOOK_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
