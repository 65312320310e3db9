import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

let browser: Browser
let app: ConsoleServer
const dir = mkdtempSync(join(tmpdir(), 'bty-settings-'))
const configFile = join(dir, 'bty.toml')
before(async () => {
  writeFileSync(configFile, '# my bench\n[server]\nadvertised_host = "bench.example" # behind the router\n')
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole({ configFile })])
})
after(async () => {
  await browser.close()
  await app.close()
  rmSync(dir, { recursive: true })
})

test('a setting is found, changed and taken back; comments of the file stay', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/dashboard`)
  await page.getByRole('link', { name: 'Settings' }).click()
  const host = page.getByLabel('server.advertised_host', { exact: true })
  await host.waitFor()
  equal(await host.inputValue(), 'bench.example')
  await page.keyboard.press('/')
  await page.keyboard.type('advertised')
  await page.getByLabel('server.port', { exact: true }).waitFor({ state: 'detached' })
  await host.fill('lab.example:8080')
  await host.press('Enter')
  await page.getByText('server.advertised_host is saved.').waitFor()
  match(readFileSync(configFile, 'utf8'), /# my bench\n.*"lab\.example:8080" # behind the router/s)
  await page.getByRole('button', { name: 'Use the default of server.advertised_host' }).click()
  await page
    .getByRole('button', { name: 'Use the default of server.advertised_host' })
    .waitFor({ state: 'detached' })
  equal(await host.inputValue(), '')
  deepEqual(complaints, [])
})

test('what is wrong is said beside the field, and nothing typed is lost', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/settings`)
  const port = page.getByLabel('netboot.release_base', { exact: true })
  await port.fill('no address')
  await page.getByRole('button', { name: 'Save netboot.release_base' }).click()
  await page.getByRole('alert').waitFor()
  equal(await port.inputValue(), 'no address')
  await page.getByRole('button', { name: 'Undo the change of netboot.release_base' }).click()
  equal(await port.inputValue(), 'https://github.com')
})

test('a setting that needs a restart says so and says that it waits', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/settings`)
  const field = page.getByLabel('tuning.max_upload_bytes', { exact: true })
  await field.fill('1000000')
  await field.press('Enter')
  await page.getByText('tuning.max_upload_bytes is saved and counts after a restart.').waitFor()
  await page.locator('[id="tuning.max_upload_bytes"]').getByText('counts after a restart').waitFor()
  deepEqual(complaints, [])
})

test('a stored key of the backups is a choice', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/settings`)
  await page.getByLabel('backup.cadence', { exact: true }).selectOption('weekly')
  await page.getByRole('button', { name: 'Save backup.cadence' }).click()
  await page.getByText('backup.cadence is saved.').waitFor()
  deepEqual(complaints, [])
})

test('colours and contrast are chosen, kept, and shared with the other windows', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/settings`)
  const other = await page.context().newPage()
  await other.goto(`${app.url}ui/machines`)
  const ground = (of: typeof page) => of.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const light = await ground(page)
  await page.getByRole('button', { name: 'Dark' }).click()
  const dark = await ground(page)
  equal(light === dark, false)
  await other.waitForFunction('document.documentElement.dataset.scheme === "dark"')
  equal(await ground(other), dark)
  await page.getByLabel('High contrast').check()
  await page.reload()
  await page.getByLabel('High contrast').waitFor()
  equal(await page.getByLabel('High contrast').isChecked(), true)
  equal(await ground(page), 'rgb(0, 0, 0)')
  deepEqual(complaints, [])
})

test('the password is changed, and every other session ends', async () => {
  const { page, complaints } = await visit(browser, app)
  const other = await visit(browser, app)
  await page.goto(`${app.url}ui/dashboard`)
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('menuitem', { name: 'Account' }).click()
  await page.getByText('The password is the default one.').waitFor()
  const fresh = page.getByLabel('New password', { exact: true })
  await fresh.fill('bty-lab1')
  await page.getByLabel('New password again').fill('bty-lab2')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('The two do not match.').waitFor()
  await fresh.fill('a better one')
  await page.getByLabel('New password again').fill('a better one')
  await page.keyboard.press('Enter')
  await page.getByText('The password is changed.').waitFor()
  await page.getByText('The password is the default one.').waitFor({ state: 'detached' })
  await other.page.goto(`${app.url}ui/machines`)
  await other.page.getByLabel('Password').waitFor()
  match(other.page.url(), /\/ui\/login$/)
  deepEqual(complaints, [])
})
