import { deepEqual, equal, ok } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
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

test('the operator signs in with the password and out again', async () => {
  const { page, complaints } = await visit(browser, app, { signedIn: false })
  await page.goto(`${app.url}ui/images`)
  await page.waitForURL('**/ui/login')
  await page.getByText('bty-lab').waitFor()

  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('That is not the password.').waitFor()
  equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true')

  await page.getByLabel('Password').fill('bty-lab')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/ui/dashboard')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()

  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/ui/login')
  // The browser itself notes an answer that had to be 401.
  ok(complaints.length > 0)
  deepEqual(
    complaints.filter((line) => !line.includes('401')),
    [],
  )
})

test('every screen has an address of its own', async () => {
  const { page, complaints } = await visit(browser, app)
  for (const [path, heading] of [
    ['dashboard', 'Overview'],
    ['machines', 'Machines'],
    ['images', 'Images'],
    ['netboot', 'Netboot'],
  ]) {
    await page.goto(`${app.url}ui/${path}`)
    await page.getByRole('heading', { level: 1, name: heading! }).waitFor()
    equal(await page.title(), `${heading} · bty console`)
  }
  await page.getByRole('link', { name: 'Images' }).click()
  await page.waitForURL('**/ui/images')
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Netboot' }).waitFor()
  deepEqual(complaints, [])
})
