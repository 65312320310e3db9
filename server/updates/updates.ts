import type { UpdateState } from '../api/index.ts'
import { InstallError } from '../artifacts/error.ts'
import { LATEST, noteUrl, releaseBase, type ReleaseSource } from '../artifacts/release.ts'
import { NOTE_LIMIT_BYTES, readReleaseToml } from '../artifacts/release-toml.ts'
import type { Values } from '../config/keys.ts'
import type { Deps } from '../deps.ts'
import { OutboundError } from '../outbound/errors.ts'
import { BUILT_IN_REPO } from './built-in.ts'
import { isNewer } from './newer.ts'

/** Knows whether a newer version was released. It tells, and fetches nothing. */
export interface Updates {
  state(): UpdateState
  /** Asks now, also where the answer is fresh. */
  check(): Promise<UpdateState>
  close(): Promise<void>
}

export interface UpdateOptions {
  /** Read anew each time. */
  values: () => Pick<Values, 'updates.check' | 'updates.repo' | 'netboot.release_base'>
  /** For tests: until the first question, and between two. */
  firstMs?: number
  everyMs?: number
}

/** Where the last answer is kept, so that a restart asks nobody. */
const KEPT = { version: 'updates.version', at: 'updates.checked_at', of: 'updates.checked_repo' }
const FIRST_MS = 60_000
const DAY_MS = 24 * 60 * 60 * 1000
const ASK_MS = 20_000

/** Asks for `release.toml` of the newest release once a day, and sends nothing but that request. */
export function startUpdates(
  { store, outbound, log, now, version: own }: Pick<Deps, 'store' | 'outbound' | 'log' | 'now' | 'version'>,
  { values, firstMs = FIRST_MS, everyMs = DAY_MS }: UpdateOptions,
): Updates {
  const stop = new AbortController()
  let problem: string | null = null
  let asking: Promise<void> | null = null

  /** Null: nobody is asked. */
  function source(): ReleaseSource | null {
    const { 'updates.check': wanted, 'updates.repo': repo, 'netboot.release_base': base } = values()
    const found = repo.trim() || BUILT_IN_REPO
    const address = releaseBase(base)
    return wanted && found !== '' && address !== null ? { base: address, repo: found } : null
  }

  function state(): UpdateState {
    const from = source()
    if (from === null) return { state: 'off', version: null, url: null, checked_at: null, problem: null }
    const known = store.settings.get(KEPT.of) === whole(from)
    const version = known ? store.settings.get(KEPT.version) : null
    const checked_at = known ? store.settings.get(KEPT.at) : null
    if (version === null) return { state: 'unknown', version: null, url: null, checked_at, problem }
    const newer = isNewer(version, own)
    const url = newer ? `${from.base}/${from.repo}/releases/latest` : null
    return { state: newer ? 'newer' : 'current', version, url, checked_at, problem }
  }

  async function ask(from: ReleaseSource): Promise<void> {
    try {
      const url = noteUrl(from, LATEST)
      const limits = { timeoutMs: ASK_MS, limitBytes: NOTE_LIMIT_BYTES, signal: stop.signal }
      const { version } = readReleaseToml((await outbound.bytes(url, limits)).toString(), url)
      store.durable(() => {
        store.settings.set(KEPT.version, version)
        store.settings.set(KEPT.of, whole(from))
        store.settings.set(KEPT.at, new Date(now()).toISOString())
      })
      problem = null
      if (isNewer(version, own)) log.info(`version ${version} of bty console has been released`)
    } catch (error) {
      if (stop.signal.aborted) return
      problem = (error as Error).message
      // A laptop on an isolated bench is nothing to warn of.
      const expected = error instanceof OutboundError || error instanceof InstallError
      log[expected ? 'debug' : 'error'](`no answer about newer versions: ${problem}`)
    }
  }

  function check(): Promise<void> {
    const from = source()
    if (from === null) return Promise.resolve()
    return (asking ??= ask(from).finally(() => (asking = null)))
  }

  let timer = setTimeout(tick, firstMs).unref()
  function tick(): void {
    if (isDue(state().checked_at, now(), everyMs)) void check()
    timer = setTimeout(tick, Math.max(firstMs, everyMs / 24)).unref()
  }

  return {
    state,
    async check() {
      await check()
      return state()
    },
    async close() {
      clearTimeout(timer)
      stop.abort()
      await asking
    },
  }
}

function whole({ base, repo }: ReleaseSource): string {
  return `${base}/${repo}`
}

/** Whether it is time to ask again; also when the clock was set back. */
export function isDue(checkedAt: string | null, nowMs: number, everyMs: number): boolean {
  const ageMs = nowMs - Date.parse(checkedAt ?? '')
  return !(ageMs >= 0 && ageMs < everyMs)
}
