/** The operator's bty.toml on its way into a full backup and out of it. Pure. */
import { parse, stringify } from 'smol-toml'
import { type Key, type KeyInfo, KEYS } from '../config/keys.ts'
import { editToml, TomlEditError, type TomlValue } from '../config/toml-edit.ts'

/** Keys that are about one computer, its disks and its networks: a restore never brings them along. */
export const HOST_KEYS = [
  'server.host',
  'server.port',
  'server.advertised_host',
  'server.trusted_proxy',
  'paths.state_dir',
  'paths.boot_dir',
  'paths.backup_dir',
  'paths.catalog_file',
  'paths.cache_dir',
  'registry.docker_config',
  'netboot.interfaces',
  'netboot.tftp_probe_host',
] as const satisfies readonly Key[]

export const SECRET_KEYS = (Object.keys(KEYS) as Key[]).filter(
  (key) => (KEYS[key] as KeyInfo).secret === true,
)

type Tables = Record<string, Record<string, unknown> | undefined>

/** Several files as one, a later one winning by key; a single one stays as the operator wrote it. */
export function joinToml(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!
  const joined: Record<string, unknown> = {}
  for (const text of texts)
    for (const [name, value] of Object.entries(parse(text)))
      joined[name] = isTable(joined[name]) && isTable(value) ? { ...joined[name], ...value } : value
  return stringify(joined)
}

/** Without password and session secret, also where a comment holds one. */
export function withoutSecrets(text: string): string {
  const names = SECRET_KEYS.map((key) => key.split('.')[1]).join('|')
  const comment = new RegExp(`^[ \\t]*#.*\\b(?:${names})\\b[ \\t]*=.*$\\r?\\n?`, 'gm')
  const values = SECRET_KEYS.map((key) => valueOf(text, key)).filter((value) => typeof value === 'string')
  const without = SECRET_KEYS.reduce((rest, key) => withKey(rest, key, null), text.replaceAll(comment, ''))
  // A value that still stands somewhere, in a comment of other words, costs the comments.
  const lines = without.split('\n').filter((line) => line.trimStart().startsWith('#') || line.includes(' #'))
  const leaks = values.some((value) => value !== '' && lines.some((line) => line.includes(value)))
  return leaks ? stringify(parse(without)) : without
}

/**
 * What stands in bty.toml after a restore: the backup's settings; those about this computer, and its secrets where the
 * backup brings none, as they are in `present`. `kept` names the keys in which the two differ.
 */
export function restoredToml(backup: string, present: string): { text: string; kept: Key[] } {
  let text = backup
  const kept: Key[] = []
  const secrets = SECRET_KEYS.filter((key) => valueOf(backup, key) === undefined)
  for (const key of [...HOST_KEYS, ...secrets]) {
    const own = valueOf(present, key) as TomlValue | undefined
    if (valueOf(text, key) === own) continue
    kept.push(key)
    text = withKey(text, key, own ?? null)
  }
  return { text, kept }
}

function valueOf(text: string, key: Key): unknown {
  const [section, name] = key.split('.') as [string, string]
  return (parse(text) as Tables)[section]?.[name]
}

function withKey(text: string, key: Key, value: TomlValue | null): string {
  const [section, name] = key.split('.') as [string, string]
  try {
    return editToml(text, section, name, value)
  } catch (error) {
    if (!(error instanceof TomlEditError)) throw error
    const tables = parse(text) as Tables
    const table = { ...tables[section] }
    if (value === null) Reflect.deleteProperty(table, name)
    else table[name] = value
    return stringify({ ...tables, [section]: table })
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
