import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import type { ConfigKeyView, Settings, TableKeyView } from '../../server/api/index.ts'
import { type SettingRow, settingGroups, valueOf } from './settings.ts'

const config = (key: string, more: Partial<ConfigKeyView> = {}): ConfigKeyView => ({
  key,
  type: 'text',
  choices: null,
  help: `Help of ${key}`,
  value: '',
  default: '',
  secret: false,
  source: 'default',
  source_kind: 'default',
  env: 'BTY_X',
  locked: false,
  write_to: '/etc/bty.toml',
  restart: false,
  pending_restart: false,
  ...more,
})
const table = (key: string, more: Partial<TableKeyView> = {}): TableKeyView => ({
  key,
  help: `Help of ${key}`,
  value: null,
  layer: 'default',
  default: null,
  error: null,
  writable: true,
  ...more,
})
const settings = (keys: ConfigKeyView[], overrides: TableKeyView[] = []): Settings => ({
  config: keys,
  overrides,
  config_file: '/etc/bty.toml',
  searched: [],
})
const only = (all: Settings): SettingRow => settingGroups(all, '')[0]!.rows[0]!

test('groups stand in the order of the page, unknown ones last', () =>
  deepEqual(
    settingGroups(
      settings([config('paths.a'), config('zoo.a'), config('admin.a')], [table('backup.a')]),
      '',
    ).map(({ name }) => name),
    ['admin', 'backup', 'paths', 'zoo'],
  ))

test('a key of both stores is shown once, where it can be changed', () => {
  const [group] = settingGroups(settings([config('withcache.url')], [table('withcache.url')]), '')
  deepEqual(
    group!.rows.map((row) => row.store),
    ['overrides'],
  )
})

const searches: [query: string, keys: string[]][] = [
  ['', ['server.port', 'netboot.enabled']],
  ['PORT', ['server.port']],
  ['help boot', ['netboot.enabled']],
  ['nothing here', []],
]
for (const [query, keys] of searches)
  test(`a search for ${JSON.stringify(query)}`, () =>
    deepEqual(
      settingGroups(settings([config('server.port'), config('netboot.enabled')]), query).flatMap((group) =>
        group.rows.map((row) => row.key),
      ),
      keys,
    ))

const rules: [rule: string, row: SettingRow, expected: Partial<SettingRow>][] = [
  [
    'of the environment is no edit',
    only(settings([config('a.b', { source_kind: 'env', locked: true })])),
    { writable: false, resettable: false },
  ],
  [
    'of the file can be taken back',
    only(settings([config('a.b', { source_kind: 'toml' })])),
    { writable: true, resettable: true },
  ],
  [
    'without a file cannot be written',
    only(settings([config('a.b', { write_to: null })])),
    { writable: false },
  ],
  [
    'of the table can be taken back once it is set',
    only(settings([], [table('a.b', { layer: 'override', value: 'x' })])),
    { value: 'x', resettable: true },
  ],
  [
    'that the server writes is shown only',
    only(settings([], [table('a.b', { writable: false, layer: 'override' })])),
    { writable: false, resettable: false },
  ],
  [
    'backup.enabled is a switch',
    only(settings([], [table('backup.enabled', { value: '1', default: '0' })])),
    { type: 'switch', value: 'true', fallback: 'false' },
  ],
  [
    'backup.cadence is a choice',
    only(settings([], [table('backup.cadence', { value: 'daily' })])),
    { type: 'choice', value: 'daily' },
  ],
]
for (const [rule, row, expected] of rules)
  test(`a setting ${rule}`, () =>
    deepEqual(
      Object.fromEntries(Object.keys(expected).map((name) => [name, row[name as keyof SettingRow]])),
      expected,
    ))

test('what was typed is sent in the type of its key', () => {
  const row = only(settings([config('a.b', { type: 'integer' })]))
  equal(valueOf(row, ' 12 '), 12)
  equal(valueOf(row, 'x'), 'x')
  equal(valueOf({ ...row, type: 'switch' }, 'true'), true)
  equal(valueOf({ ...row, type: 'text' }, '12'), '12')
})
