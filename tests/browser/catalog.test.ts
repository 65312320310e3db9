import { deepEqual } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

const DIGEST = 'ab'.repeat(32)
const FILES: Record<string, string> = {
  '/lab-x86_64.img.gz': 'x'.repeat(4096),
  '/lab-x86_64.img.gz.sha256': `${DIGEST}  lab-x86_64.img.gz\n`,
}
const origin = createServer((request, response) => {
  const body = FILES[request.url!]
  response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 }).end(body)
})
let base: string
let browser: Browser
let app: ConsoleServer
before(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  FILES['/catalog.toml'] =
    `version = 1\n[[images]]\nname = "lab"\nsrc = "${base}/lab-x86_64.img.gz"\n[[images]]\nname = "gone"\nsrc = "${base}/gone.img"\n`
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
  origin.closeAllConnections()
  origin.close()
})

test('an address is checked before it is added, and nothing is written by the check', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  await page.getByRole('button', { name: 'Add by URL' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Image URL').fill(`${base}/lab-x86_64.img.gz`)
  await dialog.getByLabel('Checksum URL (optional)').fill(`${base}/lab-x86_64.img.gz.sha256`)
  await dialog.getByRole('button', { name: 'Check first' }).click()
  await dialog.getByText(DIGEST.slice(0, 16)).waitFor()
  await dialog.getByText('The origin answers: 4.10 kB.').waitFor()
  deepEqual(app.server.deps.store.catalog.list(), [])
  await dialog.getByLabel('Image URL').fill(`${base}/nothing.img`)
  await dialog.getByLabel('Checksum URL (optional)').fill('')
  await dialog.getByRole('button', { name: 'Check first' }).click()
  await dialog.getByText('The origin cannot be reached from here').waitFor()
  deepEqual(complaints, [])
})

test('a catalog is imported from its address, and a row is checked', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  await page.getByRole('button', { name: 'More ways' }).press('Enter')
  await page.getByRole('menuitem', { name: 'Import a catalog …' }).press('Enter')
  const source = page.getByLabel('Where it is')
  await source.fill('catalog.toml')
  await source.press('Enter')
  await page.getByText('Give the whole address').waitFor()
  await source.fill(`${base}/catalog.toml`)
  await source.press('Enter')
  await page.getByText('2 images imported.').waitFor()
  await page.getByRole('button', { name: 'Check lab' }).click()
  await page.getByText(/^lab: The origin answers: 4\.10 kB\./).waitFor()
  await page.getByRole('button', { name: 'Check gone' }).click()
  await page.getByText(/^gone: The origin cannot be reached/).waitFor()
  deepEqual(complaints, [])
})

test('an import that fails says why, and the dialog stays', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  await page.getByRole('button', { name: 'More ways' }).click()
  await page.getByRole('menuitem', { name: 'Import a catalog …' }).click()
  const source = page.getByLabel('Where it is')
  await source.fill(`${base}/nowhere.toml`)
  await source.press('Enter')
  await page.getByRole('dialog').getByRole('alert').waitFor()
})
