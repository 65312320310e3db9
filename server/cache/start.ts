/** Builds the cache of a server from its configuration. */
import { join } from 'node:path'
import type { LiveConfig } from '../config/live.ts'
import { ConfigError } from '../config/load.ts'
import type { Deps } from '../deps.ts'
import type { Live } from '../http/live.ts'
import { effective } from '../settings/table.ts'
import { type CacheDoor, NO_CACHE } from './door.ts'
import { createDoor } from './doors.ts'
import { openObjects } from './objects.ts'
import type { Objects, ObjectsOptions } from './types.ts'
import { parseSize } from './size.ts'

export interface CacheService {
  door: CacheDoor
  /** Null where the folder cannot be used. */
  objects: Objects | null
  maxUploadBytes: number
  close(): Promise<void>
}

export type CacheTiming = Pick<ObjectsOptions, 'limits' | 'retryAfterMs' | 'tagCheckMs'>

/** A folder that cannot be used costs the cache, not the server. @throws {ConfigError} */
export function startCache(
  deps: Pick<Deps, 'store' | 'outbound' | 'log' | 'now'> & { hub: Pick<Live, 'workerChanged'> },
  config: Pick<LiveConfig, 'started' | 'current'>,
  timing: CacheTiming = {},
): CacheService {
  const { values, sources, paths, maxUploadBytes } = config.started
  const maxBytes = parseSize(values['cache.max_bytes'])
  if (maxBytes === null)
    throw new ConfigError(
      `cache.max_bytes from ${sources['cache.max_bytes']} is ${JSON.stringify(values['cache.max_bytes'])}; a number of bytes is wanted, or one with K, M, G or T`,
    )
  const mode = values['cache.mode']
  const dir = values['paths.cache_dir'] || join(paths.stateDir, 'cache')
  const { store, outbound, log } = deps
  const externalUrl = () =>
    (effective('withcache.url', store.settings.get('withcache.url'), config.current()).value ?? '').trim()
  let objects: Objects
  try {
    objects = openObjects({
      ...deps,
      ...timing,
      dir,
      fetches: mode === 'embedded',
      maxBytes,
      maxDownloads: Math.max(1, values['cache.max_downloads']),
      autoFetch: values['cache.auto_fetch'],
    })
  } catch (error) {
    const detail = `The folder of the cache, ${dir}, cannot be used: ${(error as Error).message}`
    log.error(detail)
    const health = () => Promise.resolve({ ok: false, detail })
    return { door: { ...NO_CACHE, health }, objects: null, maxUploadBytes, close: async () => undefined }
  }
  const door = createDoor({ objects, mode, externalUrl, outbound })
  return { door, objects, maxUploadBytes, close: () => objects.close() }
}
