import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
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

test('every screen, machine and image is reached with Ctrl+K and the keyboard alone', async () => {
  const mac = '52:54:00:e0:00:01'
  await simulatedMachine(app.url, mac).boot()
  const { store, hub } = app.server.deps
  const fields = {
    boot_mode: 'ipxe-exit',
    bty_image_ref: null,
    sanboot_drive: null,
    target_disk_serial: null,
  } as const
  store.machines.save(mac, { ...fields, labels: ['kiosk'] })
  hub.machineChanged(mac)
  store.catalog.insert(imageRow({ name: 'bench.img' }))
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('row').filter({ hasText: 'kiosk' }).waitFor()
  const wanted: [typed: string, path: string][] = [
    ['backups', '/ui/backups'],
    ['kiosk', `/ui/machines/${mac}`],
    ['bench.img', '/ui/images'],
    ['e0-00', `/ui/machines/${mac}`],
  ]
  for (const [typed, path] of wanted) {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').pressSequentially(typed)
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${path}`)
    await page.getByRole('combobox').waitFor({ state: 'detached' })
  }
  deepEqual(complaints, [])
})

test('arrows walk through the offers and round the end; Escape closes', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/dashboard`)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.keyboard.press('Control+k')
  const chosen = page.getByRole('option', { selected: true })
  const first = await chosen.textContent()
  await page.keyboard.press('ArrowDown')
  equal((await chosen.textContent()) === first, false)
  await page.keyboard.press('ArrowUp')
  equal(await chosen.textContent(), first)
  await page.keyboard.press('ArrowUp')
  equal(await page.getByRole('option').last().getAttribute('aria-selected'), 'true')
  await page.keyboard.press('Escape')
  await page.getByRole('combobox').waitFor({ state: 'detached' })
  equal(new URL(page.url()).pathname, '/ui/dashboard')

  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('add mach')
  await page.keyboard.press('Enter')
  await page.getByLabel('MAC address').fill('52-54-00-e0-00-02')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/ui/machines/52:54:00:e0:00:02')
  deepEqual(complaints, [])
})

test('a question mark that is typed into a field stays there', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/events`)
  await page.getByRole('searchbox').fill('')
  await page.keyboard.type('a?')
  equal(await page.getByRole('searchbox').inputValue(), 'a?')
  equal(await page.getByRole('dialog').count(), 0)
})
