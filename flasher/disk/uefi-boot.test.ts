import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { Run, RunResult } from '../run.ts'
import { entriesNamed, registerUefiBoot, wantsUefiBoot } from './uefi-boot.ts'

const LISTING = `BootCurrent: 0001
Timeout: 1 seconds
BootOrder: 0001,0000
Boot0000* UiApp
Boot0001* debian
Boot0003* bty flashed
Boot000A  bty flashed\tHD(1,GPT,0d9b)/File(\\EFI\\BOOT\\BOOTX64.EFI)
Boot000B* bty flashed by hand
`
const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'
const DISK = {
  path: '/dev/sda',
  children: [
    { path: '/dev/sda1', parttype: 'x' },
    { path: '/dev/sda2', parttype: ESP },
  ],
}

/** A machine whose tools answer as told; `calls` are the changes that efibootmgr was asked for. */
function machine(answers: { disk?: object; create?: Partial<RunResult>; next?: number; list?: number } = {}) {
  const calls: string[] = []
  const run: Run = async (command, args) => {
    if (command === 'lsblk')
      return { code: 0, stdout: JSON.stringify({ blockdevices: [answers.disk ?? DISK] }), stderr: '' }
    if (args.length === 0) return { code: answers.list ?? 0, stdout: LISTING, stderr: 'no such tool' }
    calls.push(args.join(' '))
    if (args[0] === '--create-only')
      return { code: 0, stdout: 'Boot0004* bty flashed\n', stderr: '', ...answers.create }
    return { code: args.includes('--bootnext') ? (answers.next ?? 0) : 0, stdout: '', stderr: 'read-only' }
  }
  return { run, calls }
}

test('old entries go, one is created, and it is the next one, never the order', async () => {
  const { run, calls } = machine()
  const { registered, text } = await registerUefiBoot('/dev/sda', run, '/')
  equal(registered, true)
  match(text, /entry 0004/)
  deepEqual(calls, [
    '--quiet --bootnum 0003 --delete-bootnum',
    '--quiet --bootnum 000A --delete-bootnum',
    '--create-only --disk /dev/sda --part 2 --label bty flashed --loader \\EFI\\BOOT\\BOOTX64.EFI',
    '--quiet --bootnext 0004',
  ])
})

test('the number that lsblk tells wins over the path', async () => {
  const disk = { path: '/dev/sda', children: [{ path: '/dev/sda2', parttype: ESP, partn: 15 }] }
  const { run, calls } = machine({ disk })
  await registerUefiBoot('/dev/sda', run, '/')
  match(calls[2]!, /--part 15 /)
})

const left: [why: string, answers: Parameters<typeof machine>[0], efivars: string, text: RegExp][] = [
  ['a machine without UEFI', {}, '/no/such/place', /not started by UEFI/],
  ['no efibootmgr', { list: 127 }, '/', /efibootmgr cannot be used: no such tool/],
  ['no system partition', { disk: { path: '/dev/sda', children: [] } }, '/', /has no EFI system partition/],
  ['an unreadable listing', { disk: { path: 7 } }, '/', /has no EFI system partition/],
  ['a firmware that refuses', { create: { code: 1, stdout: '', stderr: 'full' } }, '/', /failed: full/],
  ['a next boot that is refused', { next: 1 }, '/', /is not the next one: read-only/],
]
for (const [why, answers, efivars, text] of left)
  test(`${why} is said and nothing else`, async () => {
    const outcome = await registerUefiBoot('/dev/sda', machine(answers).run, efivars)
    equal(outcome.registered, false)
    match(outcome.text, text)
  })

test('labels are compared whole', () => {
  deepEqual(entriesNamed('bty flashed', LISTING), ['0003', '000A'])
  deepEqual(entriesNamed('debian', LISTING), ['0001'])
})

for (const [value, wanted] of [
  ['1', true],
  [' Yes ', true],
  ['on', true],
  ['true', true],
  ['0', false],
  ['', false],
  ['sure', false],
] as const)
  test(`BTY_REGISTER_UEFI_BOOT=${JSON.stringify(value)} is ${wanted ? 'on' : 'off'}`, () =>
    equal(wantsUefiBoot({ BTY_REGISTER_UEFI_BOOT: value }), wanted))
