/** The images of the flash benchmark, in every format that a target is set for. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { noise } from '../../flasher/testing/images.ts'

const MiB = 1024 * 1024

export type Kind = 'half' | 'full'
export const KINDS: Kind[] = ['half', 'full']

export interface Format {
  suffix: string
  /** Packs `$1`, which stays, into `$1` with the suffix. */
  pack: string
  /** As the pipeline unpacks it. */
  unpack: string
}

const ALL: Format[] = [
  { suffix: '', pack: '', unpack: '' },
  { suffix: '.zst', pack: 'zstd -q -3 -f "$1" -o "$1.zst"', unpack: 'zstd -dc |' },
  { suffix: '.gz', pack: 'gzip -1 -c "$1" > "$1.gz"', unpack: 'gzip -dc |' },
  { suffix: '.xz', pack: 'xz -0 -T0 -k -f "$1"', unpack: 'xz -dc |' },
]
/** `BTY_BENCH_FORMATS=raw,zst` takes only those. */
const ASKED = process.env['BTY_BENCH_FORMATS']?.split(',')
export const FORMATS = ALL.filter(({ suffix }) => ASKED?.includes(suffix.slice(1) || 'raw') ?? true)

/**
 * `half`: stretches of 8 MiB of zeros and of data that packs to some two thirds. `full`: noise, which packs to nothing less.
 * Returns the raw image's path. `sizeBytes` is a multiple of 16 MiB.
 */
export function makeImages(dir: string, kind: Kind, sizeBytes: number): string {
  const raw = join(dir, `${kind}.img`)
  const fd = openSync(raw, 'w')
  const data = noise(8 * MiB)
  if (kind === 'half') for (let i = 0; i < data.length; i += 12 * 1024) data.fill(i & 0xff, i, i + 4 * 1024)
  for (let at = 0; at < sizeBytes; at += (kind === 'half' ? 16 : 8) * MiB) {
    // Every stretch differs, and is out of the unpackers' reach (2 MiB) of the one before.
    data.writeUInt32LE(at / MiB, 0)
    writeSync(fd, data, 0, data.length, at)
  }
  closeSync(fd)
  truncateSync(raw, sizeBytes)
  for (const { pack } of FORMATS) if (pack !== '') execFileSync('bash', ['-c', pack, 'bash', raw])
  execFileSync('bmaptool', ['create', '-o', `${raw}.bmap`, raw], { stdio: 'ignore' })
  return raw
}
