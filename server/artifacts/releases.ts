import type { Config } from '../config/keys.ts'
import { ConfigError } from '../config/load.ts'
import type { Deps } from '../deps.ts'
import type { Live } from '../http/live.ts'
import type { BootFolder } from '../pxe/folder.ts'
import { effective } from '../settings/table.ts'
import { createFetches, type Fetches } from './fetches.ts'
import { LATEST, OWN_REPO, releaseBase } from './release.ts'
import { installedVersions, type Versions } from './versions.ts'

/** Live media of several versions: fetching them, and what is installed. */
export interface Releases {
  fetches: Fetches
  versions: Versions
  /** Address before `/<repo>/releases/`. */
  base: string
  /** Owner and name of the repository, and the tag that the console asks for. */
  repo(): string
  tag(): string
  /** The version that the configuration chooses; empty for none. */
  configuredVersion: string
}

export interface ReleaseTiming {
  stallMs?: number
  retryMs?: number
}

/** @throws {ConfigError} when `netboot.release_base` is no address. */
export function createReleases(
  deps: Deps & { hub: Live },
  config: Config,
  folder: BootFolder,
  timing: ReleaseTiming = {},
): Releases {
  const key = 'netboot.release_base'
  const { values, sources } = config
  const base = releaseBase(values[key])
  if (base === null)
    throw new ConfigError(
      `${key} from ${sources[key]} is '${values[key]}'; an http or https address such as https://github.com is wanted`,
    )
  const setting = (key: 'upstream.netboot_repo' | 'upstream.netboot_tag') =>
    effective(key, deps.store.settings.get(key), config)
  function repo(): { name: string; override: string | null } {
    const { value, layer } = setting('upstream.netboot_repo')
    return { name: value ?? OWN_REPO, override: layer === 'override' ? value : null }
  }
  const onInstalled = () => folder.refresh()
  return {
    fetches: createFetches(deps, { bootDir: folder.path, base, repo, onInstalled, ...timing }),
    versions: installedVersions(folder.path),
    base,
    repo: () => repo().name,
    tag: () => setting('upstream.netboot_tag').value || LATEST,
    configuredVersion: values['netboot.version'].trim(),
  }
}
