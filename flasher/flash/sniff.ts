import { isTarball } from '../image/format.ts'
import type { Sniffed } from './content.ts'

export { sniff } from './content.ts'
export type { Sniffed } from './content.ts'

/** As many first bytes of an image as are looked at: enough to unpack a little of it, whatever it is packed with. */
export const SNIFF_BYTES = 1024 * 1024

/** What streams from front to back. */
export type PackedFormat = 'img' | 'img.gz' | 'img.zst' | 'img.xz' | 'img.bz2'
export type FlashFormat = PackedFormat | 'qcow2'

/** Ends of names that decide. What is not here, `.raw` and `.bin` too, is known by its content or by declaration. */
const ENDS: readonly [end: string, format: FlashFormat][] = [
  ['.gz', 'img.gz'],
  ['.zst', 'img.zst'],
  ['.zstd', 'img.zst'],
  ['.xz', 'img.xz'],
  ['.bz2', 'img.bz2'],
  ['.qcow2', 'qcow2'],
  ['.img', 'img'],
  ['.iso', 'img'],
]

const DECLARED: Record<string, FlashFormat> = {
  img: 'img',
  raw: 'img',
  iso: 'img',
  bin: 'img',
  qcow2: 'qcow2',
  ...Object.fromEntries(
    ['gz', 'zst', 'xz', 'bz2'].flatMap((packing) =>
      ['', 'img.', 'raw.', 'iso.'].map((kind) => [`${kind}${packing}`, `img.${packing}` as FlashFormat]),
    ),
  ),
}

type Choice = { format: FlashFormat; problem: null } | { format: null; problem: string }

/**
 * The format to flash by: the name's end, else the declared one, else what the bytes say. `problem` when there is none,
 * or when the bytes contradict it: an error page, a wrong name. `name` ends as the file does, a query does not count.
 */
export function chooseFormat(src: string, declared: string | null, sniffed: Sniffed, name = src): Choice {
  const path = name.split(/[?#]/, 1)[0]!.toLowerCase()
  if (isTarball(path) || path.endsWith('.tar'))
    return refuse(`${src} is a tar archive; unpack it and offer the image inside`)
  if (sniffed.foreign !== null) return refuse(`${src} is no disk image but ${sniffed.foreign}`)
  const byName = ENDS.find(([end]) => path.endsWith(end))?.[1]
  const byContent = (sniffed.format as FlashFormat | null) ?? (sniffed.isDisk ? 'img' : null)
  const wanted = byName ?? DECLARED[declared?.trim().toLowerCase() ?? '']
  const format = wanted ?? byContent
  if (format === null)
    return refuse(
      `the format of ${src} is unknown: neither its name nor its first bytes tell; declare it if it is a raw disk image`,
    )
  const expected = format === 'img' ? null : format
  if (sniffed.format !== expected) {
    const found = sniffed.format === null ? 'not' : `those of ${sniffed.format}`
    return refuse(`${src} should be ${format}, but its first bytes are ${found}`)
  }
  return { format, problem: null }
}

function refuse(problem: string): Choice {
  return { format: null, problem }
}

/** Why the inside of a packed image is no disk image; null when nothing speaks against it. `inside` is how it begins. */
export function insideProblem(src: string, inside: Sniffed): string | null {
  if (inside.foreign !== null) return `${src} holds no disk image but ${inside.foreign}`
  if (inside.format !== null) return `${src} holds ${inside.format}; it is packed twice`
  return null
}
