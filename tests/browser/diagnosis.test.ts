import { deepEqual, equal, ok } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
})

const TITLE = 'Why it did not boot'

test('a client that is no machine yet is explained from the list of clients', async () => {
  const mac = '52:54:00:0d:00:01'
  const { trace } = app.server.deps
  trace.record(mac, 'dhcp-discover', 'DISCOVER from UEFI x86-64', { about: 'pxe/7' })
  trace.record(mac, 'dhcp-ignored', 'no answer: ProxyDHCP waits for your answer', { about: 'ask' })
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/netboot`)
  await page.getByRole('link', { name: mac }).click()
  await page.reload()
  const why = page.getByRole('region', { name: TITLE })
  await why.getByRole('heading', { name: 'This network waits for your answer' }).waitFor()
  const lines = why.getByText('DISCOVER from UEFI x86-64')
  equal(await lines.isVisible(), false)
  await why.getByText('What it rests on, 2 lines').focus()
  await page.keyboard.press('Enter')
  await lines.waitFor()
  await why.getByRole('link', { name: 'Open Netboot' }).click()
  await page.waitForURL('**/ui/netboot')
})

test('a machine that is well says so, and a failed flash is named while one looks', async () => {
  const machine = simulatedMachine(app.url, '52:54:00:0d:00:02')
  await machine.boot()
  const { page, complaints } = await visit(browser, app, { viewport: { width: 900, height: 800 } })
  await page.goto(`${app.url}ui/machines/${machine.mac}`)
  const why = page.getByRole('region', { name: TITLE })
  await why.getByText('Nothing stands out').waitFor()
  await machine.failed('no disk has serial "S1"; present: /dev/sda WD-9')
  await why.getByRole('heading', { name: 'The chosen disk is not in the machine' }).waitFor()
  await why.getByText(/The agent said: no disk has serial "S1"; present: \/dev\/sda WD-9\./).waitFor()
  ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
  deepEqual(complaints, [])
})
