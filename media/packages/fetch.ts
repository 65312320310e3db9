import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { buildCacheDir, machineMirrors, prepareApt } from '../apt.ts'
import { unpackOnce } from '../debian.ts'
import { withFileLock } from '../file-lock.ts'
import { run } from '../run.ts'
import type { LockedFile } from './lock.ts'

/** The mirror has a package no more, or another file under its name. */
export class PackageGone extends Error {
  override name = 'PackageGone'
}

const HELPER = '/usr/lib/apt/apt-helper'

/**
 * Downloads what the build cache lacks of `files`, each held to its size and hash, and unpacks them over each other into a folder of
 * the cache, which is returned. Do not write into it. @throws {PackageGone}
 */
export async function fetchLocked(
  set: string,
  files: [name: string, file: LockedFile][],
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<string> {
  const hash = createHash('sha256')
  for (const [, { sha256 }] of files) hash.update(sha256)
  const dir = join(buildCacheDir(), 'unpacked', `${set}-${hash.digest('hex').slice(0, 16)}`)
  // One build downloads, others find what it has downloaded.
  return withFileLock(join(buildCacheDir(), 'apt.lock'), async () => {
    const debs: string[] = []
    for (const [name, file] of files) debs.push(await fetchOne(name, file, set, { log, signal }))
    return unpackOnce(debs, dir)
  })
}

async function fetchOne(
  name: string,
  { archive, path, sizeBytes, sha256 }: LockedFile,
  set: string,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<string> {
  const target = join(buildCacheDir(), 'debs', name)
  if ((await stat(target).catch(() => null))?.size === sizeBytes && (await sha256Of(target)) === sha256)
    return target
  const mirror = (await machineMirrors())[archive]
  if (mirror === null)
    throw new PackageGone(
      `${name} comes from Debian's security archive, which this machine's apt sources do not name`,
    )
  log(`downloading ${name} (${set}, ${(sizeBytes / 1e6).toFixed(1)} MB)`)
  await mkdir(join(buildCacheDir(), 'debs'), { recursive: true })
  const partial = `${target}.${process.pid}.part`
  const address = `${mirror.replace(/\/*$/, '/')}${path}`
  try {
    const { config } = await prepareApt('trixie', 'amd64')
    const args = ['-q', 'download-file', address, partial, `SHA256:${sha256}`]
    await run(HELPER, args, { signal, env: { APT_CONFIG: config } }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw new PackageGone(
        `the mirror does not give ${name} as the package lock has it (${(error as Error).message}). If the machine is online, the ` +
          'mirror has moved on: run `npm run media -- lock`, or build once from the newest packages with --newest',
        { cause: error },
      )
    })
    await rename(partial, target)
    return target
  } finally {
    await rm(partial, { force: true })
  }
}

/** The sha256 of a file as 64 hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
