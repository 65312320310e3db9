/** Numbers and times as an operator reads them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Decimal bytes with three digits that count: `1.07 GB`, `285 kB`. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`
}

/** Whole percent, never 100 before the end: 99.9 % written is not written. */
export function percent(done: number, total: number): number {
  if (total <= 0) return 0
  return done >= total ? 100 : Math.min(99, Math.floor((done / total) * 100))
}

/** `8 s`, `2 min 5 s`, `1 h 12 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return both(Math.floor(s / 60), 'min', s % 60, 's')
  if (s < 86_400) return both(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min')
  return both(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h')
}

function both(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
}

/** How long ago an instant is, in its largest unit; clocks that differ a little read as `now`. */
export function ago(at: string | null, nowMs: number): string {
  if (at === null) return 'never'
  const seconds = Math.floor((nowMs - Date.parse(at)) / 1000)
  if (Number.isNaN(seconds)) return at
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

/** `2026-11-21 09:30:05` in the zone of the reader; the text itself when it is no instant. */
export function stamp(at: string, timeZone?: string): string {
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) return at
  return formatter(timeZone).format(ms)
}

const formatters = new Map<string | undefined, Intl.DateTimeFormat>()

/** Kept, because making one takes about a millisecond and a long list needs hundreds. */
function formatter(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone })
  formatters.set(timeZone, made)
  return made
}

/** `09:30:05` in the zone of the reader. */
export function clock(at: string, timeZone?: string): string {
  return stamp(at, timeZone).slice(-8)
}
