import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after, before } from 'node:test'
import { gunzipSync } from 'node:zlib'
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

test('everything is backed up with one button, downloaded, and deleted after a question', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/dashboard`)
  await page.getByRole('link', { name: 'Backups' }).click()
  await page.getByText('None yet.').first().waitFor()
  await page.getByRole('button', { name: 'Back up everything' }).press('Enter')
  const link = page.getByRole('link', { name: /Download the backup/ })
  await link.waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  equal(download.suggestedFilename().endsWith('.btybackup'), true)
  equal(gunzipSync(readFileSync(await download.path())).toString('latin1', 0, 15), 'SQLite format 3')
  await page.getByRole('button', { name: /Delete the backup/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await link.waitFor({ state: 'detached' })
  deepEqual(complaints, [])
})

test('the inventory is backed up and listed', async () => {
  const { page, complaints } = await visit(browser, app, { colorScheme: 'dark' })
  await page.goto(`${app.url}ui/backups`)
  await page.getByRole('button', { name: 'Back up inventory' }).click()
  await page.getByRole('cell', { name: app.server.deps.version, exact: true }).waitFor()
  deepEqual(complaints, [])
})

test('a full backup is uploaded, what it will do is read, and it is withdrawn', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/backups`)
  await page.getByRole('button', { name: 'Back up everything' }).click()
  const link = page.locator('a[href^="/api/backups/full/"]').first()
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  const buffer = readFileSync(await download.path())
  const choose = page.getByLabel('Choose a .btybackup file')
  await choose.setInputFiles({ name: 'bench.btybackup', mimeType: 'application/gzip', buffer })
  await page.getByText(/When the console starts next, bench\.btybackup/).waitFor()
  await page.getByText(/state\.db is kept as .*before-restore/).waitFor()
  await page.getByRole('button', { name: 'Keep the present state' }).click()
  await choose.waitFor()
  deepEqual(complaints, [])
})
