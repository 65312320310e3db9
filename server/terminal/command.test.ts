import { deepEqual, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { TerminalProgram } from '../api/index.ts'
import { type CommandOptions, terminalCommand, terminalEnv } from './command.ts'

const PLACE: CommandOptions = {
  platform: 'linux',
  isRoot: false,
  find: (program) => `/usr/bin/${program}`,
  node: '/opt/bty/node',
  bty: '/opt/bty/bty.js',
  shellAllowed: true,
  env: { SHELL: '/bin/zsh' },
  rights: () => ['/opt/bty/node', '/opt/bty/bty-helper.js', '--connect', '/tmp/x/socket'],
  catalogUrl: 'http://127.0.0.1:8080/catalog.toml',
}
const WIZARD = ['/opt/bty/bty.js', '--catalog', 'http://127.0.0.1:8080/catalog.toml']

const runs: [what: string, program: TerminalProgram, place: Partial<CommandOptions>, runs: string[]][] = [
  ['root runs the wizard as it is', 'wizard', { isRoot: true }, ['/opt/bty/node', ...WIZARD]],
  [
    'sudo asks for the password in the terminal',
    'wizard',
    {},
    ['/usr/bin/sudo', '--', '/opt/bty/node', ...WIZARD],
  ],
  ['Windows has rights or not from its start', 'wizard', { platform: 'win32' }, ['/opt/bty/node', ...WIZARD]],
  ["the shell is the operator's own", 'shell', {}, ['/bin/zsh']],
  ['a shell that is no absolute path is not run', 'shell', { env: { SHELL: 'zsh' } }, ['/usr/bin/bash']],
  ['without bash there is sh', 'shell', { env: {}, find: () => null }, ['/bin/sh']],
  [
    'rights for disks are asked for with sudo',
    'rights',
    {},
    ['/usr/bin/sudo', '--', '/opt/bty/node', '/opt/bty/bty-helper.js', '--connect', '/tmp/x/socket'],
  ],
  ['Windows has PowerShell', 'shell', { platform: 'win32' }, ['powershell.exe', '-NoLogo']],
]
for (const [what, program, place, expected] of runs)
  test(what, () => {
    const found = terminalCommand(program, { ...PLACE, ...place })
    deepEqual(
      'problem' in found
        ? found.problem
        : [found.file, ...(typeof found.args === 'function' ? found.args() : found.args)],
      expected,
    )
  })

const problems: [what: string, program: TerminalProgram, place: Partial<CommandOptions>, says: RegExp][] = [
  [
    'a shell that is not allowed names the setting',
    'shell',
    { shellAllowed: false },
    /terminal\.shell is off/,
  ],
  [
    'without sudo the next step is named',
    'wizard',
    { find: () => null },
    /Install sudo, or flash on the Flash page/,
  ],
  ['root needs no further rights', 'rights', { isRoot: true }, /Not needed/],
  [
    'nor does Windows need a terminal for them',
    'rights',
    { platform: 'win32' },
    /asks in a window of its own/,
  ],
  ['without the bty command that is said', 'wizard', { bty: null }, /lacks the bty command/],
]
for (const [what, program, place, says] of problems)
  test(what, () => {
    const found = terminalCommand(program, { ...PLACE, ...place })
    match('problem' in found ? found.problem : 'runs', says)
  })

test("a terminal's program inherits neither secrets of the console nor how it was started", () =>
  deepEqual(
    terminalEnv({
      PATH: '/bin',
      HOME: '/home/me',
      BTY_ADMIN_PASSWORD: 'secret',
      NODE_OPTIONS: '--inspect',
      ELECTRON_RUN_AS_NODE: '1',
      npm_lifecycle_event: 'start',
      INVOCATION_ID: 'x',
    }),
    { PATH: '/bin', HOME: '/home/me', TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  ))
