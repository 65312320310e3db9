/** Names of backups: the UTC second of the start, `2026-11-24T20-36-16Z`, then `-1`, `-2` ... where that is taken. */
const PREFIX = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)Z/

/** The id of a backup that starts now and whose name is not in `taken`. */
export function newBackupId(nowMs: number, taken: (id: string) => boolean): string {
  const base = `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`
  for (let n = 0; ; n++) {
    const id = n === 0 ? base : `${base}-${n}`
    if (!taken(id)) return id
  }
}

/** The instant (milliseconds since the epoch) that the first 20 characters of a name tell; null when they tell none. */
export function instantOf(name: string): number | null {
  const found = PREFIX.exec(name)
  if (found === null) return null
  const [, year, month, day, hour, minute, second] = found
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const ms = Date.parse(iso)
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? null : ms
}

/** Newest first; within one second `-10` is newer than `-2`. */
export function newestFirst(a: string, b: string): number {
  const byTime = instantOf(b)! - instantOf(a)!
  return byTime !== 0 ? byTime : b.localeCompare(a, 'en', { numeric: true })
}

/** What retention removes of `names`: of those that are named like a backup, all but the newest `keep`. Pure. */
export function beyondRetention(names: readonly string[], keep: number): string[] {
  return names
    .filter((name) => instantOf(name) !== null)
    .toSorted(newestFirst)
    .slice(keep)
}
