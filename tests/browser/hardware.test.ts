import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { SERVER_LSHW } from '../../server/hardware/examples.ts'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

const MAC = '52:54:00:aa:00:01'
let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
})

/** As the agent tells it; at once, for a page that is open. */
async function report(lshw?: Record<string, unknown>): Promise<void> {
  const machine = simulatedMachine(app.url, MAC)
  await machine.boot()
  await machine.inventory([{ path: '/dev/sda', serial: 'S1', size: '10G' }], lshw)
}

test('the hardware appears on the open page when it is reported', async () => {
  await report()
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines/${MAC}`)
  await page.getByText('It has not reported its hardware yet.').waitFor()
  await report(SERVER_LSHW)
  await page.getByText('AMD EPYC 7302P 16-Core Processor').waitFor()
  await page.getByText('16 cores, 32 threads, 3.0 GHz').waitFor()
  await page.getByText('32 GiB in 2 of 3 slots').waitFor()
  equal(await page.getByText('empty', { exact: true }).count(), 1)
  const boot = page.getByRole('listitem').filter({ hasText: 'boots from here' })
  await boot.getByText('eno1', { exact: true }).waitFor()
  equal(await boot.count(), 1)
  await page.getByText('no cable').waitFor()
  deepEqual(complaints, [])
})

test('a hostile tree does no harm', async () => {
  const product = `<img src=x onerror=alert(1)>${'\u0301'.repeat(50_000)}${'x'.repeat(1_000_000)}`
  await report({ class: 'system', product, children: [{ class: 'network', serial: MAC, product }] })
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines/${MAC}`)
  await page.getByText('<img src=x onerror=alert(1)>').first().waitFor()
  equal(await page.locator('main img').count(), 0)
  equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  deepEqual(complaints, [])
})
