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
    args: ['/opt/bty/bty-helper.js', '--disks'],
  }))

test('polkit asks for rights where there is one', () =>
  deepEqual(helperCommand(PLACE), {
    command: '/usr/bin/pkexec',
    args: ['/usr/bin/node', '/opt/bty/bty-helper.js', '--disks'],
  }))

test('the installed helper is started by the name that the policy knows', () =>
  deepEqual(helperCommand({ ...PLACE, installed: '/usr/bin/bty-helper' }, 'low-ports'), {
    command: '/usr/bin/pkexec',
    args: ['/usr/bin/bty-helper', '--low-ports'],
  }))

for (const [platform, kind] of [
  ['darwin', 'macos'],
  ['win32', 'windows'],
] as const)
  test(`${platform} asks in its own way`, () =>
    deepEqual(helperCommand({ ...PLACE, platform }), {
      command: '/usr/bin/node',
      args: ['/opt/bty/bty-helper.js', '--disks', '--elevate', kind],
    }))

const without: [where: string, place: Surroundings, next: RegExp][] = [
  [
    'without polkit',
    { ...PLACE, find: () => null },
    /Rights for disks.*install polkit, or start the console with sudo/,
  ],
  ['on a system that is not known', { ...PLACE, platform: 'freebsd' }, /Start it as administrator/],
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
