import { deepEqual, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { type Flags, readFlags } from './flags.ts'

const none: Flags = {
  words: [],
  flags: {},
  files: undefined,
  json: false,
  deep: false,
  help: false,
  version: false,
}
const cases: [args: string, read: Partial<Flags>][] = [
  ['', {}],
  ['--headless', {}],
  ['--host ::1 --port=0', { flags: { 'server.host': '::1', 'server.port': '0' } }],
  [
    '--state-dir /srv/bty --no-netboot',
    { flags: { 'paths.state_dir': '/srv/bty', 'netboot.enabled': false } },
  ],
  ['--config a.toml --config b', { files: ['a.toml', 'b'] }],
  ['show-config --json', { words: ['show-config'], json: true }],
  ['export /srv/out', { words: ['export', '/srv/out'] }],
  ['--help', { help: true }],
  ['--version', { version: true }],
]
for (const [args, read] of cases)
  test(args === '' ? 'no flags' : args, () =>
    deepEqual(readFlags(args.split(' ').filter(Boolean)), { ...none, ...read }),
  )

for (const args of ['--prot 80', '--port', '--no-netboot=yes'])
  test(`${args} is refused`, () => throws(() => readFlags(args.split(' ')), { code: /^ERR_PARSE_ARGS/ }))
