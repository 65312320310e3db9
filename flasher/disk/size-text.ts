const UNITS = ['B', 'K', 'M', 'G', 'T', 'P', 'E']

/** Bytes as lsblk prints them without `-b`: `931.5G`, one decimal at most, rounded half up, 1024-based. */
export function sizeText(bytes: number): string {
  let unit = 0
  let scaled = bytes
  while (scaled >= 1024 && unit < UNITS.length - 1) {
    scaled /= 1024
    unit++
  }
  const tenths = Math.round(scaled * 10)
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)}${UNITS[unit]}`
}

/** lsblk's text to bytes: a number with one of `K M G T P` in any case, or bare bytes; anything else is 0. */
export function textSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGTP])?$/i.exec(text.trim())
  if (match === null) return 0
  const power = match[2] === undefined ? 0 : UNITS.indexOf(match[2].toUpperCase())
  return Math.floor(Number(match[1]) * 1024 ** power)
}
