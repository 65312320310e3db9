import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

const MAC = '52:54:00:05:00:01'
let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
  await simulatedMachine(app.url, MAC).boot()
})
after(async () => {
  await browser.close()
  await app.close()
})

test('a session that ends in the middle of an edit loses nothing typed', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines/${MAC}`)
  const labels = page.getByLabel('Labels')
  await labels.fill('first row')
  await labels.press('Enter')
  await page.getByRole('radio', { name: 'Ask at the machine' }).check()
  await labels.fill('half a lab')
  await page.context().clearCookies()

  const again = page.getByRole('dialog', { name: 'Your session has ended' })
  await again.waitFor()
  equal(new URL(page.url()).pathname, `/ui/machines/${MAC}`)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await again.getByLabel('Password').fill('wrong')
  await page.keyboard.press('Enter')
  await again.getByText('That is not the password.').waitFor()
  await again.getByLabel('Password').fill('bty-lab')
  await page.keyboard.press('Enter')
  await again.waitFor({ state: 'detached' })

  // A label that is left becomes one.
  await page.getByRole('button', { name: 'Remove label half a lab' }).waitFor()
  equal(await page.getByRole('radio', { name: 'Ask at the machine' }).isChecked(), true)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved.').waitFor()
  await page.locator('header [role=status]').getByText('Live', { exact: true }).waitFor()
  deepEqual(app.server.deps.store.machines.get(MAC)!.labels.toSorted(), ['first row', 'half a lab'])
  deepEqual(
    complaints.filter((line) => !line.includes('401')),
    [],
  )
})

test('a dialog that was open when the session ended is open again afterwards', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByText(MAC).waitFor()
  await page.getByRole('button', { name: 'Add machine' }).click()
  const adding = page.getByRole('dialog', { name: 'Add a machine' })
  await adding.getByLabel('MAC address').fill('52:54:00:05:00:02')
  await page.context().clearCookies()
  await page.keyboard.press('Enter')

  const again = page.getByRole('dialog', { name: 'Your session has ended' })
  await again.getByLabel('Password').fill('bty-lab')
  await page.keyboard.press('Enter')
  await again.waitFor({ state: 'detached' })
  equal(await adding.getByLabel('MAC address').inputValue(), '52:54:00:05:00:02')
  await adding.getByRole('button', { name: 'Add', exact: true }).click()
  await page.waitForURL('**/ui/machines/52:54:00:05:00:02')
})

test('a reload after the session has ended comes back to the same page after signing in', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/events?show=operator`)
  await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor()
  await page.context().clearCookies()
  await page.reload()
  await page.waitForURL('**/ui/login')
  await page.getByLabel('Password').fill('bty-lab')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/ui/events?show=operator')
  await page.getByRole('button', { name: 'By operators', pressed: true }).waitFor()
})
