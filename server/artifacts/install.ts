import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Trio } from '../boot/artifacts.ts'
import { filesOf } from './built.ts'
import { parseManifest } from './manifest.ts'

/** A trio that was not installed; the boot folder is as it was. */
export class InstallError extends Error {
  override name = 'InstallError'
}

/**
 * Copies a trio into the boot folder: to a temporary folder inside it, checked against the manifest on the way, then
 * renamed file by file, the manifest last. Gives the bytes copied. @throws {InstallError} on a missing or wrong digest.
 */
export async function installTrio(trio: Trio, fromDir: string, bootDir: string): Promise<number> {
  const digests = parseManifest(await readFile(join(fromDir, trio.manifest), 'utf8'))
  await mkdir(bootDir, { recursive: true })
  const temp = await mkdtemp(join(bootDir, 'bty-boot-'))
  try {
    let total = 0
    for (const name of filesOf(trio)) {
      const copied = await copyFlushed(join(fromDir, name), join(temp, name))
      total += copied.sizeBytes
      if (name !== trio.manifest) check(name, digests.get(name), copied.sha256, trio.manifest)
    }
    for (const name of filesOf(trio)) await rename(join(temp, name), join(bootDir, name))
    await syncFolder(bootDir)
    return total
  } finally {
    await rm(temp, { recursive: true, force: true })
  }
}

function check(name: string, expected: string | undefined, got: string, manifest: string): void {
  if (expected === undefined) throw new InstallError(`${manifest} lists no digest for ${name}`)
  if (expected !== got)
    throw new InstallError(`sha256 mismatch for ${name}: expected ${expected}, got ${got}`)
}

async function copyFlushed(from: string, to: string): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  await using target = await open(to, 'wx', 0o644)
  await pipeline(createReadStream(from, { highWaterMark: 1024 * 1024 }), async (source) => {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      hash.update(chunk)
      sizeBytes += chunk.length
      await target.writeFile(chunk)
    }
  })
  await target.sync()
  return { sizeBytes, sha256: hash.digest('hex') }
}

async function syncFolder(dir: string): Promise<void> {
  await using handle = await open(dir, 'r')
  await handle.sync()
}
