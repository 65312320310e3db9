/** Settings as the page shows them: both stores as one list of rows in groups. Pure. */
import type { Settings } from '../../server/api/index.ts'

export interface SettingRow {
  store: 'config' | 'overrides'
  key: string
  help: string
  type: 'text' | 'integer' | 'switch' | 'choice'
  choices: readonly string[]
  value: string
  /** Empty where there is none. */
  fallback: string
  secret: boolean
  /** Where the value comes from. */
  source: 'default' | 'toml' | 'env' | 'flag' | 'override' | 'config'
  /** The file, variable or flag. */
  origin: string
  /** It can be changed here. */
  writable: boolean
  /** It differs from the default by an edit that can be taken back here. */
  resettable: boolean
  restart: boolean
  pending: boolean
  problem: string | null
}

export interface SettingGroup {
  name: string
  rows: SettingRow[]
}

/** The order of the page: what is asked for most comes first. */
const ORDER = [
  'admin',
  'server',
  'netboot',
  'upstream',
  'cache',
  'withcache',
  'registry',
  'backup',
  'machines',
  'events',
  'terminal',
  'updates',
  'tuning',
  'paths',
]
/** Keys of the table whose values are few words. */
const CHOICES: Record<string, readonly string[]> = {
  'backup.cadence': ['manual', 'daily', 'weekly'],
}
const SWITCHES = new Set(['backup.enabled'])

/** Groups of the rows that match every word of `query`, in key or help. A key that both stores have is shown once: where it can be changed. */
export function settingGroups(settings: Settings, query: string): SettingGroup[] {
  const table = settings.overrides.map(ofTable)
  const inTable = new Set(table.map((row) => row.key))
  const rows = [...settings.config.filter(({ key }) => !inTable.has(key)).map(ofConfig), ...table]
  const asked = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = rows.filter((row) =>
    asked.every((word) => `${row.key} ${row.help}`.toLowerCase().includes(word)),
  )
  const names = [...new Set(found.map((row) => groupOf(row.key)))]
  return names
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => ({ name, rows: found.filter((row) => groupOf(row.key) === name) }))
}

const groupOf = (key: string) => key.split('.', 1)[0]!
const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)

function ofConfig(key: Settings['config'][number]): SettingRow {
  return {
    store: 'config',
    key: key.key,
    help: key.help,
    type: key.type,
    choices: key.choices ?? [],
    value: String(key.value),
    fallback: String(key.default),
    secret: key.secret,
    source: key.source_kind,
    origin: key.source.replace(/^\w+\((.*)\)$/, '$1'),
    writable: !key.locked && key.write_to !== null,
    resettable: key.source_kind === 'toml' && key.write_to !== null,
    restart: key.restart,
    pending: key.pending_restart,
    problem: null,
  }
}

function ofTable(key: Settings['overrides'][number]): SettingRow {
  const isSwitch = SWITCHES.has(key.key)
  const text = (value: string | null) => (isSwitch ? String(value === '1') : (value ?? ''))
  return {
    store: 'overrides',
    key: key.key,
    help: key.help,
    type: isSwitch ? 'switch' : key.key in CHOICES ? 'choice' : 'text',
    choices: CHOICES[key.key] ?? [],
    value: text(key.value),
    fallback: text(key.default),
    secret: false,
    source: key.layer,
    origin: key.layer,
    writable: key.writable,
    resettable: key.layer === 'override' && key.writable,
    restart: false,
    pending: false,
    problem: key.error,
  }
}

/** What the server is sent for what was typed. */
export function valueOf(row: SettingRow, typed: string): string | number | boolean {
  if (row.type === 'switch') return typed === 'true'
  return row.type === 'integer' && /^-?\d+$/.test(typed.trim()) ? Number(typed) : typed
}
