import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { Work } from '../server/work.ts'
import { quitQuestion, workSentence } from './say-work.ts'
import { trayMenu, trayTip } from './tray.ts'

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
    show: () => copied.push('shown'),
    copy: (text: string) => copied.push(text),
    quit: () => {},
  }
  const status = {
    urls: ['http://127.0.0.1:8080/', 'http://192.168.1.5:8080/'],
    netboot: { state: 'blocked', detail: 'port 69' },
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
  equal(trayTip({ work: IDLE }), 'bty console: serving')
})
