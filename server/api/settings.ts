/** Settings as the console shows and changes them. */
import { z } from 'zod'
import type { Route } from './route.ts'

const Scalar = z.union([z.string(), z.number(), z.boolean()])

/** One key of the configuration (files, environment, flags). */
export const ConfigKeyView = z.object({
  key: z.string(),
  type: z.enum(['text', 'integer', 'switch', 'choice']),
  choices: z.array(z.string()).nullable(),
  help: z.string(),
  /** Of a secret the mask, or empty when it is not set. */
  value: Scalar,
  default: Scalar,
  secret: z.boolean(),
  /** `default`, `toml(<path>)`, `env(<NAME>)` or `flag(<--name>)`. */
  source: z.string(),
  source_kind: z.enum(['default', 'toml', 'env', 'flag']),
  env: z.string(),
  /** The environment or a flag decides; an edit of the file would change nothing. */
  locked: z.boolean(),
  /** The file that an edit goes to; null when none does. */
  write_to: z.string().nullable(),
  /** An edit counts after a restart. */
  restart: z.boolean(),
  /** It has been edited and the process still runs with the value before. */
  pending_restart: z.boolean(),
})
export type ConfigKeyView = z.infer<typeof ConfigKeyView>

/** One key of the settings table. */
export const TableKeyView = z.object({
  key: z.string(),
  help: z.string(),
  value: z.string().nullable(),
  layer: z.enum(['override', 'config', 'env', 'default']),
  default: z.string().nullable(),
  /** Why the value cannot be used; null when it can. */
  error: z.string().nullable(),
  writable: z.boolean(),
})
export type TableKeyView = z.infer<typeof TableKeyView>

export const Settings = z.object({
  config: z.array(ConfigKeyView),
  overrides: z.array(TableKeyView),
  /** The bty.toml that edits go to; null when none can be written. */
  config_file: z.string().nullable(),
  searched: z.array(z.string()),
})
export type Settings = z.infer<typeof Settings>

export const SettingValue = z.strictObject({ value: Scalar })

export const settingsRoutes = {
  settings: {
    method: 'GET',
    path: '/api/settings',
    access: 'operator',
    output: Settings,
    status: 200,
    summary: 'Every setting with its source',
  },
  saveConfigKey: {
    method: 'PUT',
    path: '/api/settings/config/:key',
    access: 'operator',
    body: SettingValue,
    output: Settings,
    status: 200,
    summary: 'Write one key of bty.toml',
  },
  clearConfigKey: {
    method: 'DELETE',
    path: '/api/settings/config/:key',
    access: 'operator',
    output: Settings,
    status: 200,
    summary: 'Take one key out of bty.toml',
  },
  saveOverride: {
    method: 'PUT',
    path: '/api/settings/overrides/:key',
    access: 'operator',
    body: SettingValue,
    output: Settings,
    status: 200,
    summary: 'Store one key of the settings table',
  },
  clearOverride: {
    method: 'DELETE',
    path: '/api/settings/overrides/:key',
    access: 'operator',
    output: Settings,
    status: 200,
    summary: 'Clear one key of the settings table',
  },
} as const satisfies Record<string, Route>
