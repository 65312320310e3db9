import { TAG } from '../../artifacts/release.ts'
import { MAX_PARALLEL } from '../../artifacts/fetches.ts'
import type { ReleasesView } from '../../api/index.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'
import { quote } from '../quote.ts'

const CHOICE = 'netboot.version'

/** Fetching live media, and the versions that are installed. */
export function releaseHandlers(
  { store }: HttpDeps,
  kit: Kit,
  { bootFolder, releases }: Pick<HttpOptions, 'bootFolder' | 'releases'>,
): Pick<
  Handlers,
  | 'releaseFetches'
  | 'fetchRelease'
  | 'cancelFetch'
  | 'releases'
  | 'chooseVersion'
  | 'verifyVersion'
  | 'deleteVersion'
> {
  const { fetches, versions } = releases

  async function view(): Promise<ReleasesView> {
    const active = await bootFolder.activeVersion()
    return {
      repo: releases.repo(),
      tag: releases.tag(),
      base: releases.base,
      active_version: active,
      chosen_version: store.settings.get(CHOICE) ?? (releases.configuredVersion || null),
      versions: await versions.list(active),
      fetches: fetches.list(),
    }
  }

  function record(kind: string, version: string, ip: string | null, summary: string, more: object = {}) {
    store.events.add({
      kind: `netboot.version.${kind}`,
      subject_kind: 'netboot',
      subject_id: version,
      actor: 'operator',
      source_ip: ip,
      summary,
      details: { version, ...more },
    })
  }

  const installed = async (version: string) =>
    (await versions.list('')).filter((found) => found.version === version)

  return {
    releases: view,
    releaseFetches: () => ({
      boot_root: bootFolder.path,
      max_parallel: MAX_PARALLEL,
      fetches: fetches.list(),
    }),
    fetchRelease: ({ ctx, body }) => fetches.request(body.tag, kit.ip(ctx)),
    cancelFetch({ ctx }) {
      const tag = (ctx['params'] as { tag: string }).tag
      if (!TAG.test(tag))
        throw new HttpError(422, `invalid release tag ${quote(tag)}: must match [A-Za-z0-9._-]+`)
      const state = fetches.cancel(tag, kit.ip(ctx))
      if (state === null) throw new HttpError(404, `no active release fetch for tag ${quote(tag)}`)
      return state
    },
    async chooseVersion({ ctx, body: { version } }) {
      if (version !== null) {
        const found = await installed(version)
        if (found.length === 0) throw new HttpError(404, `version ${version} is not in ${bootFolder.path}`)
        if (!found.some(({ complete }) => complete)) {
          const missing = found.flatMap(({ files }) => files.filter((file) => !file.present))
          const names = missing.filter(({ role }) => role !== 'manifest').map(({ name }) => name)
          throw new HttpError(409, `version ${version} is not complete; missing: ${names.join(', ')}`)
        }
      }
      store.durable(() => {
        store.settings.set(CHOICE, version)
        const what = version === null ? 'The newest complete version' : `Version ${version}`
        record(
          'chosen',
          version ?? 'newest',
          kit.ip(ctx),
          `${what} of the live media is what machines boot now`,
        )
      })
      await bootFolder.refresh()
      return view()
    },
    async verifyVersion({ body: { version } }) {
      if (!(await versions.verify(version)))
        throw new HttpError(404, `version ${version} is not in ${bootFolder.path}`)
      return view()
    },
    async deleteVersion({ ctx, query: { version, active } }) {
      if ((await installed(version)).length === 0)
        throw new HttpError(404, `version ${version} is not in ${bootFolder.path}`)
      if (version === (await bootFolder.activeVersion()) && active !== 'yes')
        throw new HttpError(
          409,
          `version ${version} is the one that machines boot; choose another first, or say active=yes`,
        )
      const names = await versions.remove(version)
      await bootFolder.refresh()
      store.durable(() => {
        if (store.settings.get(CHOICE) === version) store.settings.set(CHOICE, null)
        record('deleted', version, kit.ip(ctx), `Version ${version} of the live media was deleted`, {
          artifacts: names,
        })
      })
      return view()
    },
  }
}
