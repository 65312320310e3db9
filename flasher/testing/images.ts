import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'

const MiB = 1024 * 1024

/** Bytes that look random and are the same every time (xorshift). */
export function noise(bytes: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4))
  let x = seed * 2654435761
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  return Buffer.from(words.buffer, 0, bytes)
}

/** A disk image of blocks of noise and zeros, with a tail that fills no block and no sector. */
export function testImage(mebibytes = 10, tailBytes = 700): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < mebibytes; i += 2) parts.push(i % 8 < 4 ? noise(2 * MiB, i + 1) : Buffer.alloc(2 * MiB))
  return Buffer.concat([...parts, noise(tailBytes, 99)])
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Cut in three and packed one by one, as pigz, pzstd and `cat a.zst b.zst` do. */
export function concatenated(image: Buffer, pack: (part: Buffer) => Buffer): Buffer {
  const cuts = [0, MiB + 3, Math.floor(image.length / 2), image.length]
  return Buffer.concat(cuts.slice(1).map((end, i) => pack(image.subarray(cuts[i], end))))
}

export const gzip = (bytes: Buffer) => gzipSync(bytes, { level: 1 })
export const zstd = (bytes: Buffer) => zstdCompressSync(bytes)
/** A zstd frame that carries no content: magic, size, four bytes. */
export const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4])

/** An image of noise under a partition table that sfdisk made, its backup at the image's end. */
export function gptImage(bytes: number): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'bty-image-'))
  const path = join(dir, 'image')
  try {
    writeFileSync(path, Buffer.concat([Buffer.alloc(MiB), noise(bytes - MiB)]))
    execFileSync('sfdisk', ['--quiet', '--wipe=never', path], { input: 'label: gpt\n,4M,U\n,,L\n' })
    return readFileSync(path)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
