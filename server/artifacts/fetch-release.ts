/** One release from its repository into the boot folder (wire contract 7.1): whole and verified, or not at all. */
import { mkdir, mkdtemp, readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Trio } from '../boot/artifacts.ts'
import { OutboundError } from '../outbound/errors.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { download, type Downloaded } from './download.ts'
import { InstallError } from './error.ts'
import { checkManifest } from './manifest.ts'
import { discard, moveIn, TEMP_PREFIX } from './move-in.ts'
import { NOTE_LIMIT_BYTES, readReleaseToml } from './release-toml.ts'
import { noteUrl, releaseOf, type Release, type ReleaseSource } from './release.ts'

export interface FetchOptions {
  outbound: Outbound
  source: ReleaseSource
  tag: string
  /** Of this program. */
  version: string
  bootDir: string
  signal: AbortSignal
  stallMs: number
  retryMs: number
  /** What the tag stands for is known. */
  onRelease(release: Release): void
  onFile(name: string): void
  onBytes(done: number, total: number | null): void
}

/** Where `release.toml` does not tell the size: far above any live system, far below a disk. */
const FILE_LIMIT_BYTES = 8 * 1024 ** 3
const MANIFEST_LIMIT_BYTES = 64 * 1024
const NOTE_TIMEOUT_MS = 30_000
/** Left free for the database and the log. */
const RESERVE_BYTES = 1024 * 1024

export function filesInOrder({ kernel, initrd, squashfs, manifest }: Trio): string[] {
  return [kernel, initrd, squashfs, manifest]
}

/** Gives the bytes fetched and the release. @throws {InstallError}, or the reason of `signal`; nothing has changed then. */
export async function fetchRelease(options: FetchOptions): Promise<{ release: Release; totalBytes: number }> {
  const { bootDir, signal } = options
  const release = await findRelease(options)
  options.onRelease(release)
  await mkdir(bootDir, { recursive: true })
  const temp = await mkdtemp(join(bootDir, TEMP_PREFIX)).catch((error: Error) => {
    throw new InstallError(`nothing can be written to ${bootDir}: ${error.message}`)
  })
  try {
    const totalBytes = await fetchFiles(release, temp, options)
    signal.throwIfAborted()
    await moveIn(movingOrder(release.trio), temp, bootDir)
    return { release, totalBytes }
  } finally {
    await discard(temp)
  }
}

/** The kernel last of the trio: until then the version is not complete and nothing boots from it. */
function movingOrder({ kernel, initrd, squashfs, manifest }: Trio): string[] {
  return [manifest, squashfs, initrd, kernel]
}

/** What a tag stands for. @throws {InstallError} */
export async function findRelease({
  outbound,
  source,
  tag,
  signal,
  version,
}: Pick<FetchOptions, 'outbound' | 'source' | 'tag' | 'signal' | 'version'>): Promise<Release> {
  const url = noteUrl(source, tag)
  const asked = { signal, timeoutMs: NOTE_TIMEOUT_MS, limitBytes: NOTE_LIMIT_BYTES }
  try {
    const text = await outbound.bytes(url, asked)
    return releaseOf(source, tag, readReleaseToml(text.toString(), url), version)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof OutboundError)) throw error
    if (error.status !== 404) throw new InstallError(error.message)
    return releaseOf(source, tag, null, version)
  }
}

async function fetchFiles(release: Release, temp: string, options: FetchOptions): Promise<number> {
  const { outbound, signal, stallMs, retryMs, bootDir, onBytes } = options
  const { trio, baseUrl, expected } = release
  const got = new Map<string, string>()
  let totalBytes = 0
  for (const name of filesInOrder(trio)) {
    signal.throwIfAborted()
    options.onFile(name)
    const file = await download({
      outbound,
      url: baseUrl + encodeURIComponent(name),
      to: join(temp, name),
      signal,
      limitBytes:
        expected.get(name)?.sizeBytes ?? (name === trio.manifest ? MANIFEST_LIMIT_BYTES : FILE_LIMIT_BYTES),
      stallMs,
      retryMs,
      room: (bytes) => checkRoom(bootDir, name, bytes),
      onBytes,
    })
    checkNote(name, file, expected.get(name))
    totalBytes += file.sizeBytes
    if (name !== trio.manifest) got.set(name, file.sha256)
  }
  checkManifest(trio.manifest, await readFile(join(temp, trio.manifest), 'utf8'), got)
  return totalBytes
}

function checkNote(name: string, got: Downloaded, note: Downloaded | undefined): void {
  if (note === undefined) return
  if (note.sizeBytes !== got.sizeBytes)
    throw new InstallError(`${name} has ${got.sizeBytes} bytes; release.toml says ${note.sizeBytes}`)
  if (note.sha256 !== got.sha256)
    throw new InstallError(
      `sha256 mismatch for ${name}: release.toml expects ${note.sha256}, got ${got.sha256}`,
    )
}

async function checkRoom(bootDir: string, name: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(bootDir)
  const free = bavail * bsize
  if (bytes + RESERVE_BYTES > free)
    throw new InstallError(
      `the disk is full: ${name} needs ${bytes} bytes more; ${bootDir} has ${free} bytes free, of which ${RESERVE_BYTES} are kept`,
    )
}
