/** What every test of a stick begins with: the ISO that was built, QEMU, a folder that goes away. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { usbNames } from '../../../media/recipe.ts'
import { startChildren } from './children.ts'
import type { StickParts } from './stick.ts'
import { fetchQemu } from './tools.ts'

export const MIB = 1024 * 1024
/** Four times what an undisturbed machine of two cores and no KVM needs. */
export const STICK_LIMITS_MS = { kernel: 180_000, wizard: 240_000, step: 60_000, flash: 180_000 }

export interface StickLab extends StickParts {
  iso: string
  /** Where a machine's monitor listens. */
  monitor: string
}

/** Ends with the test file: machines off, folder gone. */
export async function stickLab(): Promise<StickLab> {
  const mediaDir = resolve(import.meta.dirname, '../../../dist/media')
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  const qemu = await fetchQemu((line) => console.log(line))
  const dir = await mkdtemp(join(tmpdir(), 'bty-e2e-stick-'))
  const children = startChildren(dir)
  // An interrupted run goes through the `exit` handler of the children.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  after(async () => {
    await children.close()
    await rm(dir, { recursive: true, force: true })
  })
  const iso = join(mediaDir, usbNames(version).iso)
  return { mediaDir, version, qemu, dir, children, iso, monitor: join(dir, 'monitor') }
}

export interface SmallImage {
  /** The raw image and the packed one. */
  raw: string
  packed: string
  packedBytes: number
  sha256: string
}

/** A disk image of 24 MiB: 10 MiB that do not compress, then nothing, then an end. */
export async function smallImage(dir: string): Promise<SmallImage> {
  const bytes = Buffer.concat([randomBytes(10 * MIB), Buffer.alloc(14 * MIB)])
  bytes.write('the end', bytes.length - 512)
  const [raw, packed] = [join(dir, 'demo.img'), join(dir, 'demo.img.zst')]
  const zst = zstdCompressSync(bytes)
  await writeFile(raw, bytes)
  await writeFile(packed, zst)
  // A disk has whole sectors.
  await using file = await open(packed, 'r+')
  await file.truncate(Math.ceil(zst.length / 512) * 512)
  return { raw, packed, packedBytes: zst.length, sha256: createHash('sha256').update(zst).digest('hex') }
}
