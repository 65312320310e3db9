import type { Config } from '../config/keys.ts'
import { ConfigError } from '../config/load.ts'
import type { HttpDeps } from '../http/app.ts'
import type { BootFolder } from '../pxe/folder.ts'
import { createFetches, type Fetches } from './fetches.ts'
import { releaseBase } from './release.ts'
import { installedVersions, type Versions } from './versions.ts'

/** Live media of several versions: fetching them, and what is installed. */
export interface Releases {
  fetches: Fetches
  versions: Versions
  /** Address before `/<repo>/releases/`. */
  base: string
  /** The version that the configuration chooses; empty for none. */
  configuredVersion: string
}

export interface ReleaseTiming {
  stallMs?: number
  retryMs?: number
}

/** @throws {ConfigError} when `netboot.release_base` is no address. */
export function createReleases(
  deps: HttpDeps,
  { values, sources }: Config,
  folder: BootFolder,
  timing: ReleaseTiming = {},
): Releases {
  const key = 'netboot.release_base'
  const base = releaseBase(values[key])
  if (base === null)
    throw new ConfigError(
      `${key} from ${sources[key]} is '${values[key]}'; an http or https address such as https://github.com is wanted`,
    )
  const envRepo = process.env['BTY_BOOT_RELEASE_REPO']
  const onInstalled = () => folder.refresh()
  return {
    fetches: createFetches(deps, { bootDir: folder.path, base, envRepo, onInstalled, ...timing }),
    versions: installedVersions(folder.path),
    base,
    configuredVersion: values['netboot.version'].trim(),
  }
}
