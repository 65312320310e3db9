import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'
import { fillFleet, fleetMac, move, storm } from './fleet.ts'

const MACHINES = 10_000
let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
  fillFleet(app, MACHINES)
})
after(async () => {
  await browser.close()
  await app.close()
})

test('10,000 machines under 50 updates a second: none is lost, and the selection stays', async () => {
  const { page, complaints } = await visit(browser, app)
  page.setDefaultTimeout(60_000)
  await page.goto(`${app.url}ui/machines`)
  const count = page.locator('h1 [role=status]')
  await count.getByText(String(MACHINES), { exact: true }).waitFor()
  for (const n of [1, 3]) await page.getByRole('checkbox', { name: fleetMac(n) }).check()
  await page.getByText('2 chosen').waitFor()

  // Every machine of the storm is touched five times, and only its last address counts.
  const touched = 60
  const passes = 5
  const ip = (n: number, pass: number) => `172.${pass === passes - 1 ? 30 : 31}.${n >> 8}.${n & 255}`
  const running = storm(touched * passes, (turn) => {
    const n = (turn % touched) * 157
    move(app, n, ip(n, Math.floor(turn / touched)))
  })
  // Meanwhile the page is used.
  await page.getByRole('button', { name: 'Last seen' }).click()
  await page.getByRole('button', { name: 'Machine', exact: true }).click()
  await page.getByRole('checkbox', { name: fleetMac(5) }).check()
  await page.getByText('3 chosen').waitFor()
  await running

  const search = page.getByRole('searchbox')
  await search.fill('172.30.')
  await count.getByText(`${touched} of ${MACHINES}`, { exact: true }).waitFor()
  await search.fill('172.31.')
  await page.getByText('No machine matches.').waitFor()
  await search.fill('')
  await count.getByText(String(MACHINES), { exact: true }).waitFor()
  for (const n of [1, 3, 5])
    equal(await page.getByRole('checkbox', { name: fleetMac(n) }).isChecked(), true, fleetMac(n))
  deepEqual(complaints, [])
})

test('two windows see what the other one changes', async () => {
  const [one, two] = [await visit(browser, app), await visit(browser, app)]
  for (const { page } of [one, two]) page.setDefaultTimeout(60_000)
  await one.page.goto(`${app.url}ui/machines/${fleetMac(7)}`)
  await two.page.goto(`${app.url}ui/machines?q=${encodeURIComponent(fleetMac(7))}`)
  const row = two.page.locator('tbody tr', { hasText: fleetMac(7) })
  await row.waitFor()
  await one.page.getByLabel('Labels').fill('from one')
  await one.page.keyboard.press('Enter')
  await one.page.getByRole('button', { name: 'Save', exact: true }).click()
  await row.getByText('from one').waitFor()

  await two.page.goto(`${app.url}ui/machines/${fleetMac(7)}`)
  await two.page.getByRole('radio', { name: 'Ask at the machine' }).check()
  await two.page.getByRole('button', { name: 'Save', exact: true }).click()
  await one.page.getByRole('radio', { name: 'Ask at the machine', checked: true }).waitFor()
  deepEqual([...one.complaints, ...two.complaints], [])
})

test('the list is what it was after a reload: search, filter and order', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('searchbox').fill('f1:00:0')
  await page.getByRole('button', { name: 'Machine', exact: true }).click()
  await page.getByRole('button', { name: /^No image/ }).click()
  await page.waitForURL('**/ui/machines?show=unassigned&q=f1%3A00%3A0&sort=-mac')
  await page.reload()
  await page.locator('tbody tr').first().getByText(fleetMac(15)).waitFor()
  equal(await page.getByRole('searchbox').inputValue(), 'f1:00:0')
  await page.getByRole('link', { name: 'Events' }).click()
  await page.getByRole('link', { name: 'Machines', exact: true }).click()
  await page.locator('tbody tr').first().getByText(fleetMac(15)).waitFor()
})
