import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { isRefused, lowPortsState } from './low-ports.ts'
import { bindProblem } from './service-state.ts'

const OFF = { state: 'off', problem: null, offered: true } as const
const REASON = 'this system opens UDP ports below 1024 to administrators only.'
const SYSCTL = 'sudo sysctl net.ipv4.ip_unprivileged_port_start='

const states: [
  what: string,
  low: Parameters<typeof lowPortsState>[0],
  refused: number[],
  state: string,
  detail: string,
  command: string | null,
  problem: string | null,
][] = [
  ['nothing is refused', OFF, [], 'own', '', null, null],
  [
    'both ports are, on two networks',
    OFF,
    [69, 67, 69, 67],
    'needed',
    `Ports 67 and 69 need a right: ${REASON}`,
    `${SYSCTL}67`,
    null,
  ],
  ['one is', OFF, [69], 'needed', `Port 69 needs a right: ${REASON}`, `${SYSCTL}69`, null],
  [
    'the last try failed',
    { ...OFF, problem: 'No.' },
    [69],
    'needed',
    `Port 69 needs a right: ${REASON}`,
    `${SYSCTL}69`,
    'No.',
  ],
  [
    'the operator is being asked',
    { ...OFF, state: 'asking', problem: 'No.' },
    [69],
    'asking',
    `Port 69 needs a right: ${REASON}`,
    `${SYSCTL}69`,
    null,
  ],
  ['the helper has them', { ...OFF, state: 'on' }, [], 'allowed', '', null, null],
]
for (const [what, low, refused, state, detail, command, problem] of states)
  test(`when ${what} the ports are ${state}`, () => {
    const told = lowPortsState(low, refused, 'linux')
    deepEqual([told.state, told.detail, told.command, told.problem], [state, detail, command, problem])
  })

test('a command is given only where it is true, and the helper only where it can be asked', () => {
  const told = lowPortsState({ ...OFF, offered: false }, [69], 'darwin')
  deepEqual([told.state, told.command, told.can_ask], ['needed', null, false])
})

const refused = Object.assign(new Error('bind EACCES'), { code: 'EACCES', port: 69 })
const places: [platform: NodeJS.Platform, lacksRight: boolean, words: RegExp][] = [
  ['linux', true, /^UDP port 69 needs a right that this console does not have\.$/],
  ['darwin', true, /^UDP port 69 needs a right/],
  ['win32', false, /^UDP port 69 is kept by Windows or by another program: "netsh/],
]
for (const [platform, lacksRight, words] of places)
  test(`EACCES on ${platform} ${lacksRight ? 'is a missing right' : 'is no missing right'}`, () => {
    equal(isRefused(refused, platform), lacksRight)
    match(bindProblem(refused, platform), words)
  })
