import type { Resuming } from '../flash/progress.ts'

/** `1.5 GiB`: three digits are enough for a person. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024
    unit++
  }
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`
}

/** `1,234.5 MiB`, the same unit in every row; `-` for unknown and zero (wire contract 1.4). */
export function mebibytes(bytes: number | null): string {
  if (!bytes) return '-'
  const text = (bytes / 1024 ** 2).toFixed(1)
  return `${text.replace(/\B(?=(?:\d{3})+\.)/g, ',')} MiB`
}

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** `connection lost, resuming at 12.0 MiB (2nd attempt)`. */
export function resumingText({ position, attempt }: Pick<Resuming, 'position' | 'attempt'>): string {
  return `connection lost, resuming at ${bytesText(position)} (${ordinal(attempt)} attempt)`
}

function ordinal(n: number): string {
  const isTeen = n % 100 >= 11 && n % 100 <= 13
  return `${n}${isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`
}
