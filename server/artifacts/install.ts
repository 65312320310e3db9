import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Trio } from '../boot/artifacts.ts'
import { filesOf } from './built.ts'
import { checkManifest } from './manifest.ts'
import { discard, moveIn, TEMP_PREFIX } from './move-in.ts'

export { InstallError } from './error.ts'

/**
 * Copies a trio into the boot folder: to a temporary folder inside it, checked against the manifest, then moved in all
 * or none. Gives the bytes copied. @throws {InstallError} on a missing or wrong digest.
 */
export async function installTrio(trio: Trio, fromDir: string, bootDir: string): Promise<number> {
  await mkdir(bootDir, { recursive: true })
  const temp = await mkdtemp(join(bootDir, TEMP_PREFIX))
  try {
    let total = 0
    const got = new Map<string, string>()
    for (const name of filesOf(trio)) {
      const copied = await copyFlushed(join(fromDir, name), join(temp, name))
      total += copied.sizeBytes
      if (name !== trio.manifest) got.set(name, copied.sha256)
    }
    checkManifest(trio.manifest, await readFile(join(temp, trio.manifest), 'utf8'), got)
    await moveIn(filesOf(trio), temp, bootDir)
    return total
  } finally {
    await discard(temp)
  }
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
