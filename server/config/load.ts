import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { envName, KEYS } from './keys.ts'
import type { Config, Key, Values } from './keys.ts'
import { readValue } from './value.ts'
import { defaultStateDir } from './state-dir.ts'

export const DEFAULT_PASSWORD = 'bty-lab'

/** A setting that cannot be used; the message names key, source and value. The program ends with status 2. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export interface ConfigInput {
  env?: Readonly<Record<string, string | undefined>>
  /** Paths of `--config`: files, or directories of `*.toml`. They replace the search. */
  files?: readonly string[]
  /** Command-line flags, which win over everything. */
  flags?: Partial<Record<Key, string | number | boolean>>
  platform?: NodeJS.Platform
  isRoot?: boolean
  home?: string
}

type Layer = Partial<Record<Key, { value: unknown; source: string }>>

/**
 * Defaults, then TOML files (a later one wins per key), then `BTY_<SECTION>_<KEY>`, then flags. Unknown sections and
 * keys are ignored, empty environment values do not count. @throws {ConfigError}
 */
export function loadConfig(input: ConfigInput = {}): Config {
  const { platform = process.platform, home = homedir() } = input
  const env = { ...(input.env ?? process.env) }
  const isRoot = input.isRoot ?? process.getuid?.() === 0
  const fallbackDir = defaultStateDir(platform, isRoot, home, env)
  const earlyDir = String(input.flags?.['paths.state_dir'] ?? (env['BTY_PATHS_STATE_DIR'] || fallbackDir))
  const candidates = input.files ?? searched(env, earlyDir)
  const files = candidates.flatMap(tomlFiles)
  const layers: Layer[] = [...files.map(tomlLayer), envLayer(env), flagLayer(input.flags ?? {})]

  const values: Record<string, unknown> = {}
  const sources: Record<string, string> = {}
  for (const key of Object.keys(KEYS) as Key[]) {
    const found = layers.findLast((layer) => layer[key] !== undefined)?.[key]
    values[key] = found === undefined ? KEYS[key].fallback : checked(key, found)
    sources[key] = found?.source ?? 'default'
  }
  return {
    ...withDerived(values as Values, sources as Config['sources'], fallbackDir),
    origin: { ...input, env, platform, isRoot, home },
    candidates,
  }
}

function withDerived(
  values: Values,
  sources: Config['sources'],
  fallbackDir: string,
): Omit<Config, 'origin' | 'candidates'> {
  const port = values['server.port']
  const anyFreePort = port === 0 && sources['server.port'].startsWith('flag(')
  if ((port < 1 || port > 65535) && !anyFreePort)
    throw new ConfigError(`server.port from ${sources['server.port']} is ${port}; ports are 1 to 65535`)
  const stateDir = values['paths.state_dir'].trim() || fallbackDir
  const password = values['admin.password'].trim() || DEFAULT_PASSWORD
  const upload = values['tuning.max_upload_bytes']
  return {
    values,
    sources,
    paths: {
      stateDir,
      bootDir: values['paths.boot_dir'] || join(stateDir, 'boot'),
      backupDir: values['paths.backup_dir'] || join(stateDir, 'backups'),
      catalogFile: values['paths.catalog_file'] || join(stateDir, 'catalog.toml'),
    },
    password,
    defaultPassword: password === DEFAULT_PASSWORD,
    maxUploadBytes: upload < 1 ? KEYS['tuning.max_upload_bytes'].fallback : upload,
  }
}

function checked(key: Key, { value, source }: { value: unknown; source: string }): unknown {
  const read = readValue(KEYS[key], value)
  if ('wrong' in read) throw new ConfigError(`${key} from ${source} ${read.wrong}`)
  return read.value
}

/** Either what the environment names, or the three usual places, the later ones winning. */
function searched(env: ConfigInput['env'] & object, stateDir: string): string[] {
  const named = [env['BTY_CONFIG_FILE'], env['BTY_CONFIG_DIR']].filter((path): path is string => !!path)
  return named.length > 0 ? named : ['/etc/bty/conf.d', '/etc/bty/bty.toml', join(stateDir, 'bty.toml')]
}

/** A directory stands for its `*.toml` in name order; what is missing is skipped. */
function tomlFiles(path: string): string[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name.endsWith('.toml'))
    .sort()
    .map((name) => join(path, name))
}

function tomlLayer(path: string): Layer {
  let tables: Record<string, unknown>
  try {
    tables = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${path}: ${error instanceof Error ? error.message.trim() : String(error)}`)
  }
  return layerOf((key) => {
    const [section, name] = key.split('.') as [string, string]
    const table = tables[section]
    const value =
      typeof table === 'object' && table !== null ? (table as Record<string, unknown>)[name] : undefined
    return value === undefined ? undefined : { value, source: `toml(${path})` }
  })
}

function envLayer(env: ConfigInput['env'] & object): Layer {
  return layerOf((key) => {
    const value = env[envName(key)]
    return value === undefined || value === '' ? undefined : { value, source: `env(${envName(key)})` }
  })
}

/** Command-line flags of the settings that have one. */
const FLAGS: Partial<Record<Key, string>> = {
  'server.host': '--host',
  'server.port': '--port',
  'paths.state_dir': '--state-dir',
  'netboot.enabled': '--no-netboot',
}

function flagLayer(flags: NonNullable<ConfigInput['flags']>): Layer {
  return layerOf((key) => {
    const value = flags[key]
    return value === undefined ? undefined : { value, source: `flag(${FLAGS[key] ?? key})` }
  })
}

function layerOf(read: (key: Key) => { value: unknown; source: string } | undefined): Layer {
  return Object.fromEntries((Object.keys(KEYS) as Key[]).map((key) => [key, read(key)]))
}
