import { isTarball, detectUrlFormat, isFormat } from '../image/format.ts'
import { readFrameHeader } from './zstd-frames.ts'

/** As many first bytes of an image as `sniff` wants to see. */
export const SNIFF_BYTES = 64

const MAGIC: readonly [format: string, bytes: readonly number[]][] = [
  ['img.gz', [0x1f, 0x8b]],
  ['img.zst', [0x28, 0xb5, 0x2f, 0xfd]],
  ['img.xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['img.bz2', [0x42, 0x5a, 0x68]],
  ['qcow2', [0x51, 0x46, 0x49, 0xfb]],
]

export interface Sniffed {
  /** Format by magic bytes; null for anything that is not recognised, raw images included. */
  format: string | null
  /** Least size of the expanded image that the head promises; null when it promises none. */
  contentBytes: number | null
}

/** What an image's first bytes say about it. */
export function sniff(head: Buffer): Sniffed {
  const skippable = head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50
  const format = skippable ? 'img.zst' : MAGIC.find(([, bytes]) => startsWith(head, bytes))?.[0]
  const contentBytes = format === 'img.zst' ? (readFrameHeader(head)?.contentBytes ?? null) : null
  return { format: format ?? null, contentBytes }
}

function startsWith(head: Buffer, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte)
}

/**
 * The format to flash by: the address's extension, else the declared one, else what the bytes say.
 * `problem` when there is none, or when the bytes contradict it: an error page, a wrong name.
 */
export function chooseFormat(
  src: string,
  declared: string | null,
  sniffed: Sniffed,
): { format: string | null; problem: string | null } {
  const path = src.split(/[?#]/, 1)[0]!
  if (isTarball(path))
    return { format: null, problem: `${src} is a tar archive; unpack it and offer the image inside` }
  const known = declared !== null && isFormat(declared) ? declared : null
  const format = detectUrlFormat(src) ?? known ?? sniffed.format
  if (format === null)
    return { format, problem: `the format of ${src} is unknown: neither its name nor its first bytes tell` }
  const expected = format === 'img' ? null : format
  if (sniffed.format !== expected)
    return {
      format,
      problem: `${src} should be ${format}, but its first bytes are ${sniffed.format === null ? 'not' : `those of ${sniffed.format}`}`,
    }
  return { format, problem: null }
}
