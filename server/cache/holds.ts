/** Who still needs an object: machines whose plan named it, and clients that read it. */

/** A plan that nobody came back from holds its image for so long. */
const PLAN_MS = 6 * 60 * 60 * 1000

export interface Holds {
  /** The plan of this machine names the object. */
  planned(mac: string, key: string): void
  /** The machine has finished, or its plan says something else now. */
  finished(mac: string): void
  reading(key: string): void
  read(key: string): void
  has(key: string): boolean
  machines(key: string): string[]
}

export function createHolds(now: () => number): Holds {
  const plans = new Map<string, { key: string; untilMs: number }>()
  const readers = new Map<string, number>()
  const machines = (key: string): string[] =>
    [...plans].filter(([, plan]) => plan.key === key && plan.untilMs > now()).map(([mac]) => mac)
  return {
    planned: (mac, key) => void plans.set(mac, { key, untilMs: now() + PLAN_MS }),
    finished: (mac) => void plans.delete(mac),
    reading: (key) => void readers.set(key, (readers.get(key) ?? 0) + 1),
    read(key) {
      const left = (readers.get(key) ?? 1) - 1
      if (left === 0) readers.delete(key)
      else readers.set(key, left)
    },
    has: (key) => readers.has(key) || machines(key).length > 0,
    machines,
  }
}
