import { mkdir, mkdtemp, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findMedia } from '../../flasher/burn/find-media.ts'
import type { FoundMedium } from '../../flasher/burn/find-media.ts'
import { openMedium } from '../../flasher/burn/medium.ts'
import { digestFor } from '../../flasher/image/sidecar.ts'
import { download } from '../artifacts/download.ts'
import { InstallError } from '../artifacts/error.ts'
import { findRelease } from '../artifacts/fetch-release.ts'
import type { ReleaseSource } from '../artifacts/release.ts'
import type { MediumFetch, StickMedia, StickMedium } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import { DeskError } from './error.ts'

export interface MediaOptions {
  builtDir: string
  /** Where fetched ones are kept. */
  fetchedDir: string
  source: () => ReleaseSource & { tag: string }
  /** Of this program. */
  version: string
  stallMs?: number
  retryMs?: number
}

export interface Media {
  list(): Promise<StickMedia>
  /** The file of a listed medium. @throws {DeskError} */
  find(name: string): Promise<FoundMedium>
  /** Begins and returns at once. @throws {DeskError} */
  fetch(tag: string | undefined): MediumFetch
  cancel(): Promise<MediumFetch | null>
  close(): Promise<void>
}

const STALL_MS = 60_000
const RETRY_MS = 1000
/** Far above any medium, far below a disk. */
const LIMIT_BYTES = 8 * 1024 ** 3
const SUM_LIMIT_BYTES = 64 * 1024
const TEMP_PREFIX = '.fetch-'

/** The live media for sticks that this laptop has, and fetching them. */
export function stickMedia({ outbound, log }: Pick<Deps, 'outbound' | 'log'>, options: MediaOptions): Media {
  const { builtDir, fetchedDir, source, version, stallMs = STALL_MS, retryMs = RETRY_MS } = options
  let current: MediumFetch | null = null
  let running: { stop: AbortController; ended: Promise<void> } | null = null
  const looked = new Map<string, Pick<StickMedium, 'live_bytes' | 'whole_bytes' | 'problem'>>()

  const found = () => findMedia([builtDir, fetchedDir])

  async function look(medium: FoundMedium) {
    const key = `${medium.path} ${medium.sizeBytes} ${medium.modifiedMs}`
    const known = looked.get(key)
    if (known !== undefined) return known
    const facts = await openMedium(
      { src: medium.path, sha256: medium.sha256 },
      { signal: AbortSignal.timeout(stallMs), stallTimeoutMs: stallMs },
    ).then(
      ({ liveBytes, wholeBytes }) => ({ live_bytes: liveBytes, whole_bytes: wholeBytes, problem: null }),
      (error: Error) => ({ live_bytes: null, whole_bytes: null, problem: error.message }),
    )
    looked.set(key, facts)
    return facts
  }

  async function work(tag: string, signal: AbortSignal): Promise<void> {
    const told = (more: Partial<MediumFetch>) => (current = { ...current!, ...more })
    const release = await findRelease({ outbound, source: source(), tag, signal, version })
    const name = `bty-usbboot-pc-x86_64-v${release.trio.version}.iso`
    told({ name })
    await mkdir(fetchedDir, { recursive: true })
    const temp = await mkdtemp(join(fetchedDir, TEMP_PREFIX))
    try {
      const url = release.baseUrl + encodeURIComponent(name)
      const note = release.expected.get(name)
      const sums = note ?? { sha256: await published(`${url}.sha256`, name, signal), sizeBytes: LIMIT_BYTES }
      const file = await download({
        ...{ outbound, url, to: join(temp, name), signal, stallMs, retryMs, limitBytes: sums.sizeBytes },
        room: (bytes) => checkRoom(fetchedDir, name, bytes),
        onBytes: (bytes_done, bytes_total) => told({ bytes_done, bytes_total }),
      })
      if (file.sha256 !== sums.sha256)
        throw new InstallError(`sha256 mismatch for ${name}: ${sums.sha256} is published, got ${file.sha256}`)
      await writeFile(join(temp, `${name}.sha256`), `${file.sha256}  ${name}\n`)
      signal.throwIfAborted()
      // The sum first: who finds the file finds its sum.
      for (const each of [`${name}.sha256`, name]) await rename(join(temp, each), join(fetchedDir, each))
    } finally {
      await rm(temp, { recursive: true, force: true })
    }
  }

  async function published(url: string, name: string, signal: AbortSignal): Promise<string> {
    const text = await outbound.bytes(url, { signal, timeoutMs: stallMs, limitBytes: SUM_LIMIT_BYTES })
    return digestFor(text.toString(), name)
  }

  return {
    async list() {
      const { repo, tag } = source()
      const media = await Promise.all(
        (await found()).map(async (medium): Promise<StickMedium> => ({
          name: medium.name,
          origin: medium.path.startsWith(join(fetchedDir, '/')) ? 'fetched' : 'built',
          version: medium.version,
          size_bytes: medium.sizeBytes,
          modified_at: new Date(medium.modifiedMs).toISOString(),
          ...(await look(medium)),
        })),
      )
      return { media, fetch: current, repo, tag }
    },
    async find(name) {
      const medium = (await found()).find((each) => each.name === name)
      if (medium === undefined) throw new DeskError(404, `no live medium is called ${name}`)
      return medium
    },
    fetch(tag = source().tag) {
      if (running !== null) throw new DeskError(409, `the medium of ${current!.tag} is being fetched already`)
      current = { tag, name: null, status: 'running', bytes_done: 0, bytes_total: null, error: null }
      const stop = new AbortController()
      const ended = work(tag, stop.signal)
        .then(
          () => (current = { ...current!, status: 'completed' }),
          (error: Error) => {
            const status = stop.signal.aborted ? 'cancelled' : 'failed'
            current = { ...current!, status, error: status === 'failed' ? error.message : null }
            if (status === 'failed') log.warn(`the medium of ${tag} was not fetched: ${error.message}`)
          },
        )
        .then(() => void (running = null))
      running = { stop, ended }
      return current
    },
    async cancel() {
      running?.stop.abort(new Error('cancelled'))
      await running?.ended
      return current
    },
    async close() {
      await this.cancel()
    },
  }
}

async function checkRoom(dir: string, name: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  if (bytes > bavail * bsize)
    throw new InstallError(
      `the disk is full: ${name} needs ${bytes} bytes more; ${dir} has ${bavail * bsize}`,
    )
}
