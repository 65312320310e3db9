/** The whole server beside a release repository of the test. */
import { equal } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { FetchState } from '../../server/api/index.ts'
import { releaseOrigin } from '../harness/release-origin.ts'
import { eventReader } from './event-source.ts'
import { type Client, testServer } from './server.ts'

export async function started(t: TestContext, env: Record<string, string> = {}) {
  const origin = await releaseOrigin(t)
  const server = await testServer(t, {
    env: { BTY_NETBOOT_RELEASE_BASE: origin.base, ...env },
    releaseTiming: { retryMs: 1, stallMs: 60_000 },
  })
  const operator = await server.signedIn()
  const boot = join(server.dir, 'state', 'boot')
  return {
    ...server,
    origin,
    operator,
    boot,
    store: server.running.deps.store,
    workers: await eventReader(t, `${server.base}/events/workers`, { cookie: operator.cookie }),
    files: () => readdirSync(boot).toSorted(),
    post: (tag?: string) =>
      operator.ask('/boot/releases', { method: 'POST', json: tag === undefined ? {} : { tag } }),
    state: (tag: string) => stateOf(operator, tag),
    kinds: () =>
      server.running.deps.store.events
        .list({ subject_kind: 'netboot', limit: 20 })
        .map(({ kind, actor }) => `${kind.replace('netboot.artifacts.', '')} ${actor}`)
        .reverse(),
  }
}
export type Started = Awaited<ReturnType<typeof started>>

async function stateOf(operator: Client, tag: string): Promise<FetchState | undefined> {
  const { fetches } = (await operator.ask('/boot/releases')).json<{ fetches: FetchState[] }>()
  return fetches.find((state) => state.tag === tag)
}

/** Fetches `tag` and waits for the end. */
export async function fetched({ post, workers, state }: Started, tag: string): Promise<FetchState> {
  equal((await post(tag)).status, 202)
  for (;;) {
    const { data } = await workers.next()
    if (data['key'] === tag && data['status'] !== 'running') return (await state(tag))!
  }
}
