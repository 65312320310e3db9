import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { imageRow } from '../harness/rows.ts'
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

const here = (mac: string) => app.server.deps.store.machines.get(mac) !== null
const catalog = () => app.server.deps.store.catalog.list().map(({ name }) => name)

/** Deletes a machine on its page; the list stands there afterwards. */
async function deleteOn(page: Page, mac: string): Promise<void> {
  await page.goto(`${app.url}ui/machines/${mac}`)
  await page.getByRole('button', { name: 'Delete machine' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText(`${mac} was deleted.`).waitFor()
  equal(await page.locator('tbody').getByText(mac).count(), 0)
}

test('Undo brings a machine back with everything it had', async () => {
  const mac = '52:54:00:d0:00:01'
  const machine = simulatedMachine(app.url, mac)
  await machine.boot()
  await machine.inventory([{ path: '/dev/sda', size: '1T', serial: 'S1' }], { id: 'x' })
  const before = app.server.deps.store.machines.get(mac)
  const { page, complaints } = await visit(browser, app)
  await deleteOn(page, mac)
  await page.getByRole('button', { name: 'Undo' }).press('Enter')
  await page.locator('tbody').getByText(mac).waitFor()
  equal(await page.getByRole('button', { name: 'Undo' }).count(), 0)
  deepEqual(app.server.deps.store.machines.get(mac), before)
  deepEqual(complaints, [])
})

test('without Undo the machine goes when the notice goes', async () => {
  const mac = '52:54:00:d0:00:02'
  await simulatedMachine(app.url, mac).boot()
  const { page, complaints } = await visit(browser, app)
  await deleteOn(page, mac)
  equal(here(mac), true)
  const answered = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' })
  equal((await answered).status(), 204)
  equal(here(mac), false)
  deepEqual(complaints, [])
})

test('a window that closes does not lose the wish', async () => {
  const mac = '52:54:00:d0:00:03'
  await simulatedMachine(app.url, mac).boot()
  const { page } = await visit(browser, app)
  const other = await visit(browser, app)
  await other.page.goto(`${app.url}ui/machines`)
  const row = other.page.locator('tbody').getByText(mac)
  await row.waitFor()
  await deleteOn(page, mac)
  await page.close({ runBeforeUnload: true })
  await row.waitFor({ state: 'detached' })
  equal(here(mac), false)
})

test('an image comes back with its digest; one that is uploaded again is not taken by the old deletion', async () => {
  app.server.deps.store.catalog.insert(imageRow({ name: 'bench.img' }))
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  const remove = async () => {
    await page.getByRole('button', { name: 'Delete bench.img' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No image yet').waitFor()
  }
  await remove()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('cell', { name: 'bench.img' }).first().waitFor()
  deepEqual(catalog(), ['bench.img'])

  await remove()
  const { src, disk_image_sha } = imageRow()
  const toml = `version = 1\n[[images]]\nname = "again.img"\nsrc = "${src}"\nsha256 = "${disk_image_sha}"\n`
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'catalog.toml', mimeType: 'application/toml', buffer: Buffer.from(toml) })
  await page.getByText('1 image imported').waitFor()
  deepEqual(catalog(), ['again.img'])
  await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' })
  deepEqual(catalog(), ['again.img'])
  deepEqual(complaints, [])
})
