import { deepEqual, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { helperCommand, here, type Surroundings } from './helper-command.ts'

const PLACE: Surroundings = {
  platform: 'linux',
  isRoot: false,
  node: '/usr/bin/node',
  helper: '/opt/bty/bty-helper.js',
  find: (program) => (program === 'pkexec' ? '/usr/bin/pkexec' : null),
}

test('root starts the helper as it is', () =>
  deepEqual(helperCommand({ ...PLACE, isRoot: true }), {
    command: '/usr/bin/node',
    args: ['/opt/bty/bty-helper.js'],
  }))

test('polkit asks for rights where there is one', () =>
  deepEqual(helperCommand(PLACE), {
    command: '/usr/bin/pkexec',
    args: ['/usr/bin/node', '/opt/bty/bty-helper.js'],
  }))

const without: [where: string, place: Surroundings, next: RegExp][] = [
  ['without polkit', { ...PLACE, find: () => null }, /Install polkit, or start the console with sudo/],
  ['on Windows', { ...PLACE, platform: 'win32' }, /Start it as administrator/],
]
for (const [where, place, next] of without)
  test(`${where} the reason names the next step`, () => {
    const command = helperCommand(place)
    match('problem' in command ? command.problem : '', next)
  })

test('programs are found in absolute folders of PATH only', () => {
  const { find } = here('/x')
  match(find('sh') ?? '', /^\/.*\/sh$/)
  ok(find('no-such-program-anywhere') === null)
})
