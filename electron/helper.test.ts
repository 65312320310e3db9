import { deepEqual, match } from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { desktopHelper } from './helper.ts'

const having =
  (...names: string[]) =>
  (path: string) =>
    names.map((name) => join('/app', name)).includes(path)
/** The command without what asks for rights in front. */
const command = (...names: string[]) => {
  const found = desktopHelper('/app', 'low-ports', having(...names))
  return 'problem' in found ? found.problem : [found.command, ...found.args].slice(-3)
}

test('a package brings its own Node and the bundled helper', () =>
  deepEqual(command('node', 'node_modules/node/bin/node', 'dist/agent/bty-helper.js'), [
    '/app/node',
    '/app/dist/agent/bty-helper.js',
    '--low-ports',
  ]))

test("a working copy has npm's Node and the helper's source", () =>
  deepEqual(command('node_modules/node/bin/node', 'flasher/bin/bty-helper.ts'), [
    '/app/node_modules/node/bin/node',
    '/app/flasher/bin/bty-helper.ts',
    '--low-ports',
  ]))

test('what is missing is named, with the next step', () => {
  match(String(command('dist/agent/bty-helper.js')), /lacks Node.*Install the app again/)
  match(String(command('node')), /lacks bty-helper/)
})
