import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { Work } from '../server/work.ts'
import { quitQuestion, workSentence } from './say-work.ts'
import { netbootStatus, trayMenu, trayTip } from './tray.ts'

const IDLE: Work = { flashes: [], machines: 0 }
const flash = (drives: number, percent: number | null = 42) => ({ image: 'debian.img.zst', drives, percent })

const sentences: [work: Work, text: string][] = [
  [IDLE, ''],
  [{ flashes: [flash(1)], machines: 0 }, '1 drive is being flashed'],
  [{ flashes: [flash(1), flash(2)], machines: 0 }, '3 drives are being flashed'],
  [{ flashes: [], machines: 1 }, '1 machine boots or is flashed over the network'],
  [
    { flashes: [flash(1)], machines: 4 },
    '1 drive is being flashed and 4 machines boot or are flashed over the network',
  ],
]
for (const [work, text] of sentences) test(text || 'nothing runs', () => equal(workSentence(work), text))

test('quitting asks only when something would be lost, and the safe answer stands first', () => {
  equal(quitQuestion(IDLE), null)
  const asked = quitQuestion({ flashes: [flash(2)], machines: 1 })!
  deepEqual(asked.buttons, ['Keep running', 'Quit anyway'])
  match(asked.detail, /2 drives are being flashed.*half written.*try again when it is back/)
})

test('the tray tells state, flashes and addresses, and copies an address', () => {
  const copied: string[] = []
  const actions = {
    show: (page = 'shown') => void copied.push(page),
    copy: (text: string) => void copied.push(text),
    quit: () => {},
  }
  const status = {
    urls: ['http://127.0.0.1:8080/', 'http://192.168.1.5:8080/'],
    netboot: { state: 'blocked' as const, detail: 'port 69' },
    work: { flashes: [flash(1), flash(1, null)], machines: 0 },
  }
  const menu = trayMenu(status, actions)
  deepEqual(
    menu.map(({ label, type }) => label ?? type),
    [
      '2 drives are being flashed',
      'debian.img.zst: 42 %',
      'debian.img.zst: running',
      'Network boot: blocked, the Netboot page tells why',
      'separator',
      'Copy http://127.0.0.1:8080/',
      'Copy http://192.168.1.5:8080/',
      'separator',
      'Open the console',
      'Quit',
    ],
  )
  ;(menu[6]!.click as () => void)()
  ;(menu[8]!.click as () => void)()
  deepEqual(copied, ['http://192.168.1.5:8080/', 'shown'])
  const lacking = trayMenu({ ...status, netboot: { state: 'lacks-ports', detail: '' } }, actions)
  equal(lacking[3]!.label, 'Network boot: allow low ports…')
  ;(lacking[3]!.click as () => void)()
  equal(copied.at(-1), '/ui/netboot')
  equal(trayTip({ work: IDLE }), 'bty console: serving')
})

const on = { state: 'on' as const, detail: '', ports: [] }
const off = { state: 'off' as const, detail: 'Off.', ports: [] }
const blocked = { state: 'blocked' as const, detail: 'No.', ports: [] }
const ports = { ports: [], detail: 'Need a right.', command: null, can_ask: true, problem: null }
const services: [what: string, ...Parameters<typeof netbootStatus>, state: string, detail: string][] = [
  ['both', { tftp: on, proxy_dhcp: on, low_ports: { ...ports, state: 'allowed' } }, 'on', ''],
  ['TFTP alone', { tftp: on, proxy_dhcp: off, low_ports: { ...ports, state: 'own' } }, 'on', ''],
  [
    'a blocked one',
    { tftp: on, proxy_dhcp: blocked, low_ports: { ...ports, state: 'own' } },
    'blocked',
    'No.',
  ],
  [
    'no right',
    { tftp: blocked, proxy_dhcp: blocked, low_ports: { ...ports, state: 'needed' } },
    'lacks-ports',
    'Need a right.',
  ],
]
for (const [what, state, expected, detail] of services)
  test(`with ${what} the tray says ${expected}`, () =>
    deepEqual(netbootStatus(state), { state: expected, detail }))
