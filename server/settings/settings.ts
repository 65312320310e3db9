/** What the operator does with settings: one function for each, with its event. */
import type { ConfigKeyView, Settings, TableKeyView } from '../api/settings.ts'
import type { Deps } from '../deps.ts'
import { EditError, type LiveConfig } from '../config/live.ts'
import { envName, type Key, type KeyInfo, KEYS } from '../config/keys.ts'
import { MASK } from '../config/check.ts'
import { effective, TABLE, type TableKey } from './table.ts'

type SettingsDeps = Pick<Deps, 'store'>

/** Every key as the console shows it; secrets only as set or not. */
export function settingsView({ store }: SettingsDeps, live: LiveConfig): Settings {
  const path = live.target()
  return {
    config: (Object.keys(KEYS) as Key[]).map((key) => configView(key, live, path)),
    overrides: (Object.keys(TABLE) as TableKey[]).map((key) => tableView(store, live, key)),
    config_file: path,
    searched: [...live.started.candidates],
  }
}

function configView(key: Key, live: LiveConfig, path: string | null): ConfigKeyView {
  const info: KeyInfo = KEYS[key]
  const config = live.current()
  const value = config.values[key]
  const source = config.sources[key]
  const kind = source.split('(', 1)[0] as ConfigKeyView['source_kind']
  const locked = kind === 'env' || kind === 'flag'
  return {
    key,
    type: info.type,
    choices: info.type === 'choice' ? [...info.choices] : null,
    help: info.help,
    value: info.secret ? (String(value) === '' ? '' : MASK) : value,
    default: info.secret ? '' : info.fallback,
    secret: info.secret === true,
    source,
    source_kind: kind,
    env: envName(key),
    locked,
    write_to: locked ? null : path,
    restart: info.live !== true,
    pending_restart: info.live !== true && value !== live.started.values[key],
  }
}

function tableView(store: SettingsDeps['store'], live: LiveConfig, key: TableKey): TableKeyView {
  const info: { help: string; fallback: string | null; internal?: boolean } = TABLE[key]
  return {
    key,
    help: info.help,
    default: info.fallback,
    writable: info.internal !== true,
    ...effective(key, store.settings.get(key), live.current()),
  }
}

/** Writes one key of bty.toml; blank takes it out. @throws {EditError}, with the event that a failed write leaves. */
export function editConfig(
  { store }: SettingsDeps,
  live: LiveConfig,
  key: Key,
  raw: string | number | boolean,
  ip: string | null,
): void {
  const [section, name] = key.split('.') as [string, string]
  const event = {
    subject_kind: 'settings',
    subject_id: key,
    actor: 'operator',
    source_ip: ip,
  } as const
  try {
    const edit = live.edit(key, raw)
    if (edit === null) return
    store.durable(() =>
      store.events.add({
        ...event,
        kind: 'settings.config.updated',
        summary:
          edit.new === '' ? `${key} cleared in ${edit.path}` : `${key} set to ${edit.new} in ${edit.path}`,
        details: { section, key: name, old: edit.old, new: edit.new, path: edit.path },
      }),
    )
  } catch (error) {
    if (error instanceof EditError && error.code === 'write')
      store.durable(() =>
        store.events.add({
          ...event,
          kind: 'settings.config.failed',
          summary: `${key} was not written: ${error.message}`,
          details: { section, key: name, error: error.message },
        }),
      )
    throw error
  }
}

/** Values to store, null to clear; checked by the caller. Their one event rides in the same transaction. */
export function storeOverrides(
  { store }: SettingsDeps,
  subject: 'upstream' | 'backup' | 'withcache',
  values: Partial<Record<TableKey, string | null>>,
  ip: string | null,
): void {
  store.durable(() => {
    const entries = Object.entries(values) as [TableKey, string | null][]
    const details = Object.fromEntries(
      entries.map(([key, value]) => [key.split('.')[1]!, { old: store.settings.get(key), new: value }]),
    )
    for (const [key, value] of entries) store.settings.set(key, value)
    store.events.add({
      kind: `settings.${subject}.updated`,
      subject_kind: 'settings',
      subject_id: subject,
      actor: 'operator',
      source_ip: ip,
      summary: `The ${subject} settings were changed`,
      details: subject === 'backup' ? null : details,
    })
  })
}
