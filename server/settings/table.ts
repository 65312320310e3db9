/** The keys of the settings table (wire contract 4.9): what a stored value may be, and which layer decides. Pure. */
import type { Config, Key } from '../config/keys.ts'
import { wrongCadence, wrongEnabled, wrongRetention } from './backup.ts'
import { isBaseUrl } from '../config/check.ts'
import { wrongCatalogUrl, wrongRepo, wrongTag } from './upstream.ts'

interface TableInfo {
  fallback: string | null
  help: string
  /** Environment variable below the override. */
  env?: string
  /** Configuration key below the override. */
  config?: Key
  /** What is wrong with a value; null when nothing is. */
  wrong: (text: string) => string | null
  /** Written by the server alone. */
  internal?: boolean
}

export const TABLE = {
  'upstream.netboot_repo': {
    fallback: 'safl/bty',
    env: 'BTY_BOOT_RELEASE_REPO',
    help: 'Repository whose releases hold the live media, owner/repo.',
    wrong: wrongRepo,
  },
  'upstream.netboot_tag': { fallback: 'latest', help: 'Release of the live media.', wrong: wrongTag },
  'upstream.catalog_url': {
    fallback: 'https://github.com/safl/nosi/releases/latest/download/catalog.toml',
    help: 'Address of the catalog that "Fetch catalog" imports.',
    wrong: wrongCatalogUrl,
  },
  'withcache.url': {
    fallback: null,
    config: 'withcache.url',
    help: 'Address of an external withcache.',
    wrong: (text) => (isBaseUrl(text) ? null : `withcache.url=${text} is no http or https address`),
  },
  'backup.enabled': { fallback: '0', help: 'Back up on a schedule: 1 or 0.', wrong: wrongEnabled },
  'backup.cadence': { fallback: 'manual', help: 'How often: daily, weekly or manual.', wrong: wrongCadence },
  'backup.retention_count': { fallback: '7', help: 'Backups to keep.', wrong: wrongRetention },
  'backup.last_run_at': {
    fallback: null,
    help: 'When the schedule ran last.',
    wrong: () => null,
    internal: true,
  },
} as const satisfies Record<string, TableInfo>

export type TableKey = keyof typeof TABLE

export interface Effective {
  value: string | null
  layer: 'override' | 'config' | 'env' | 'default'
  /** A value that cannot be used, whatever its layer; the value stands beside it for the operator to see. */
  error: string | null
}

/** `stored`: the row of the settings table, null when there is none. */
export function effective(key: TableKey, stored: string | null, config: Config): Effective {
  const info: TableInfo = TABLE[key]
  const layers: [Effective['layer'], string | undefined | null][] = [
    ['override', stored],
    ['config', info.config && (config.values[info.config] as string)],
    ['env', info.env && config.origin.env?.[info.env]],
    ['default', info.fallback],
  ]
  const [layer, value] =
    layers.find(([name, text]) => (name === 'override' ? text !== null : !!text)) ?? layers[3]!
  const text = value ?? null
  return { value: text, layer, error: text === null ? null : info.wrong(text) }
}
