import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { serverFlags } from './arguments.ts'

const cases: [argv: string, flags: string][] = [
  ['/usr/bin/bty-console', ''],
  ['electron /srv/console', ''],
  ['electron /srv/console --port 8081', '--port 8081'],
  ['electron --no-sandbox /srv/console --no-netboot --port=8081', '--no-netboot --port=8081'],
  ['bty-console --ozone-platform=wayland --state-dir /srv/bty', '--state-dir /srv/bty'],
  ['bty-console --config a.toml --config b --host 127.0.0.1', '--config a.toml --config b --host 127.0.0.1'],
  ['bty-console --host --no-netboot', '--host --no-netboot'],
  ['bty-console --port', '--port'],
]
for (const [argv, flags] of cases)
  test(`${argv}: ${flags === '' ? 'no flags' : flags}`, () =>
    deepEqual(serverFlags(argv.split(' ')), flags.split(' ').filter(Boolean)))
