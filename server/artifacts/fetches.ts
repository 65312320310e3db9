/** Fetches of live media as jobs, one at a time (wire contract 1.10 and 7.1). */
import type { FetchState } from '../api/index.ts'
import { trio } from '../boot/artifacts.ts'
import type { Deps } from '../deps.ts'
import type { Live } from '../http/live.ts'
import { createQueue, isActive, type Job } from '../workers/queue.ts'
import { InstallError } from './error.ts'
import { fetchRelease, filesInOrder } from './fetch-release.ts'
import {
  beginFile,
  endFiles,
  fetchState,
  queuedFiles,
  restoredStates,
  type FetchData,
} from './fetch-state.ts'
import { cancelledBy, ended, requested, started } from './release-events.ts'
import { LATEST, versionOfTag } from './release.ts'

export const MAX_PARALLEL = 1
const TICK_MS = 1000
/** Ended jobs that are kept in memory. */
const MAX_ENDED = 50
const REMEMBERED_EVENTS = 200
const STALL_MS = 60_000
const RETRY_MS = 500

export interface FetchesOptions {
  bootDir: string
  /** Address before `/<repo>/releases/`. */
  base: string
  /** Owner and name of the repository in force, and the operator's override of it, null without one. */
  repo(): { name: string; override: string | null }
  /** Files have changed. */
  onInstalled(): Promise<unknown>
  /** For tests. */
  stallMs?: number | undefined
  retryMs?: number | undefined
}

export interface Fetches {
  list(): FetchState[]
  /** Starts a fetch; one of that tag that waits or runs is joined. Logged either way. */
  request(tag: string, ip: string | null): FetchState
  /** Stops a fetch; null when there is none of that tag, the old state of one that has ended. */
  cancel(tag: string, ip: string | null): FetchState | null
  /** Fetches and waits for the end; joins one that waits or runs. */
  fetchNow(tag: string, ip: string | null): Promise<FetchState>
  close(): Promise<void>
}

type FetchDeps = Pick<Deps, 'store' | 'outbound' | 'log' | 'now' | 'version'> & {
  hub: Pick<Live, 'workerChanged'>
}

export function createFetches(deps: FetchDeps, options: FetchesOptions): Fetches {
  const { store, hub, log, now } = deps
  const waiters = new Map<string, ((state: FetchState) => void)[]>()

  const queue = createQueue<FetchData>({ maxParallel: MAX_PARALLEL, now, run, onChange })

  async function run(job: Job<FetchData>, signal: AbortSignal): Promise<void> {
    const { key: tag, data } = job
    let tickedAtMs = -Infinity
    try {
      const { totalBytes } = await fetchRelease({
        outbound: deps.outbound,
        source: { base: options.base, repo: options.repo().name },
        tag,
        version: deps.version,
        bootDir: options.bootDir,
        signal,
        stallMs: options.stallMs ?? STALL_MS,
        retryMs: options.retryMs ?? RETRY_MS,
        onRelease(release) {
          data.baseUrl = release.baseUrl
          data.files = queuedFiles(filesInOrder(release.trio))
        },
        onFile: (name) => beginFile(data, name, now()),
        onBytes(done, total) {
          Object.assign(data.current!, { bytesDone: done, bytesTotal: total })
          if (performance.now() - tickedAtMs < TICK_MS) return
          tickedAtMs = performance.now()
          hub.workerChanged({ kind: 'release', key: tag, status: 'running' })
        },
      })
      data.totalBytes = totalBytes
      await options.onInstalled()
    } catch (error) {
      if (error instanceof InstallError) data.reason = error.message
      throw error
    }
  }

  function onChange(job: Job<FetchData>): void {
    const { key, status, data } = job
    if (isActive(job)) {
      if (data.form === null) record(started(key, options.repo().override))
    } else {
      if (status !== 'failed') data.reason = null
      endFiles(data, status, now())
      const event = ended(fetchState(job), data)
      if (event !== null) record(event)
      for (const resolve of waiters.get(key) ?? []) resolve(fetchState(job))
      waiters.delete(key)
    }
    if (status !== 'queued') hub.workerChanged({ kind: 'release', key, status })
  }

  /** A disk that takes no event must not stop the queue. */
  function record(event: Parameters<typeof store.events.add>[0]): void {
    try {
      store.durable(() => store.events.add(event))
    } catch (error) {
      log.error(`${event.kind} of ${event.subject_id} could not be recorded: ${(error as Error).message}`)
    }
  }

  function enqueue(tag: string, form: FetchData['form']): Job<FetchData> {
    const active = queue.get(tag)
    if (active !== null && isActive(active)) return active
    const old = queue.jobs().filter((job) => !isActive(job))
    for (const { key } of old.slice(0, Math.max(0, old.length - MAX_ENDED))) queue.forget(key)
    const files = filesInOrder(trio(tag === LATEST ? deps.version : versionOfTag(tag)))
    return queue.enqueue(tag, {
      files: queuedFiles(files),
      current: null,
      baseUrl: null,
      reason: null,
      form,
      totalBytes: 0,
    })
  }

  function restored(): FetchState[] {
    const events = store.events.list({ subject_kind: 'netboot', limit: REMEMBERED_EVENTS })
    return restoredStates(events).filter(({ tag }) => queue.get(tag) === null)
  }

  return {
    list: () => [...restored(), ...queue.jobs().map(fetchState)],
    request(tag, ip) {
      store.durable(() => store.events.add(requested(tag, ip)))
      return fetchState(enqueue(tag, null))
    },
    cancel(tag, ip) {
      const job = queue.get(tag)
      if (job === null) return restored().find((state) => state.tag === tag) ?? null
      if (isActive(job)) {
        store.durable(() => store.events.add(cancelledBy(tag, ip)))
        queue.cancel(tag)
      }
      return fetchState(job)
    },
    fetchNow(tag, ip) {
      const { promise, resolve } = Promise.withResolvers<FetchState>()
      waiters.set(tag, [...(waiters.get(tag) ?? []), resolve])
      enqueue(tag, { ip })
      return promise
    },
    close: () => queue.close(),
  }
}
