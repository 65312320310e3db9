import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { imageRow } from '../harness/rows.ts'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, type Visit, visit } from './console.ts'

let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
})

const PLAIN = {
  boot_mode: 'ipxe-exit',
  bty_image_ref: null,
  sanboot_drive: null,
  target_disk_serial: null,
  labels: [],
} as const

/** Machines `52:54:00:<group>:00:01` and so on, all heard once. */
async function rack(group: string, count: number): Promise<string[]> {
  const macs = Array.from({ length: count }, (_, n) => `52:54:00:${group}:00:0${n + 1}`)
  for (const mac of macs) await simulatedMachine(app.url, mac).boot()
  return macs
}

async function listOf(group: string): Promise<Visit> {
  const opened = await visit(browser, app)
  await opened.page.goto(`${app.url}ui/machines`)
  await opened.page.getByRole('searchbox').fill(`52:54:00:${group}`)
  await opened.page.getByRole('checkbox', { name: `Choose 52:54:00:${group}:00:01` }).waitFor()
  return opened
}

const stored = (mac: string) => app.server.deps.store.machines.get(mac)!
const count = (page: Page, text: string) =>
  page.getByRole('region', { name: 'Chosen machines' }).getByText(text, { exact: true }).waitFor()

test('rows are chosen by click, by range, all at once, and from the keyboard; live rows keep it', async () => {
  const macs = await rack('a0', 5)
  const { page, complaints } = await listOf('a0')
  const box = (n: number) => page.getByRole('checkbox', { name: `Choose ${macs[n]}` })
  await box(1).click()
  await count(page, '1 chosen')
  await box(3).click({ modifiers: ['Shift'] })
  await count(page, '3 chosen')
  deepEqual(await Promise.all([0, 1, 2, 3, 4].map((n) => box(n).isChecked())), [
    false,
    true,
    true,
    true,
    false,
  ])
  await box(3).click({ modifiers: ['Shift'] })
  equal(await box(3).isChecked(), true)

  const { store, hub } = app.server.deps
  store.machines.save(macs[2]!, { ...PLAIN, labels: ['moved'] })
  hub.machineChanged(macs[2]!)
  await page.getByRole('row').filter({ hasText: macs[2]! }).getByText('moved').waitFor()
  await count(page, '3 chosen')
  await page.getByRole('searchbox').fill(macs[2]!)
  await count(page, '3 chosen, 2 of them not shown')
  await page.getByRole('searchbox').fill('52:54:00:a0')

  await page.getByRole('checkbox', { name: 'Choose all 5 shown' }).click()
  await count(page, '5 chosen')
  await page.getByRole('checkbox', { name: 'Choose all 5 shown' }).click()
  await page.getByRole('region', { name: 'Chosen machines' }).waitFor({ state: 'detached' })

  await page.getByRole('searchbox').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+X')
  await count(page, '3 chosen')
  await page.keyboard.press('x')
  await count(page, '2 chosen')
  deepEqual(complaints, [])
})

test('image and boot mode go to all; a machine without a target disk is named and left alone', async () => {
  const { store, hub } = app.server.deps
  const ref = 'c'.repeat(64)
  store.catalog.insert(imageRow({ bty_image_ref: ref, name: 'bench.img' }))
  const macs = await rack('a1', 3)
  for (const mac of macs.slice(0, 2)) {
    store.machines.save(mac, { ...PLAIN, target_disk_serial: `S-${mac}`, labels: ['x'] })
    hub.machineChanged(mac)
  }
  const { page, complaints } = await listOf('a1')
  await page.getByRole('checkbox', { name: 'Choose all 3 shown' }).click()
  await page.getByRole('button', { name: 'Image and boot mode' }).click()
  const dialog = page.getByRole('dialog', { name: 'Image and boot mode of 3 machines' })
  await dialog.getByRole('button', { name: 'Change 3 machines' }).click()
  await dialog.getByText('To flash, choose an image.').waitFor()
  await dialog.getByLabel('Image').selectOption({ label: 'bench.img' })
  await dialog.getByText('the target disk of 2 machines is overwritten').waitFor()
  await dialog.getByText(`${macs[2]} (no target disk chosen yet)`).waitFor()
  await dialog.getByRole('button', { name: 'Change 2 machines' }).click()
  await page.getByText('2 machines changed.').waitFor()
  await count(page, '1 chosen')
  deepEqual(
    macs.map((mac) => [stored(mac).boot_mode, stored(mac).bty_image_ref, stored(mac).target_disk_serial]),
    [
      ['bty-flash-once', ref, `S-${macs[0]}`],
      ['bty-flash-once', ref, `S-${macs[1]}`],
      ['bty-inventory', null, null],
    ],
  )
  deepEqual(stored(macs[0]!).labels, ['x'])
  deepEqual(complaints, [])
})

test('labels are added to all and taken away again', async () => {
  const macs = await rack('a2', 3)
  const { page, complaints } = await listOf('a2')
  const change = async (how: string, label: string) => {
    await page.getByRole('checkbox', { name: 'Choose all 3 shown' }).click()
    await page.getByRole('button', { name: 'Labels', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Labels of 3 machines' })
    await dialog.getByLabel('What to do with these labels').selectOption({ label: how })
    await dialog.getByLabel('Labels', { exact: true }).fill(label)
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Change 3 machines' }).click()
    await page.getByRole('region', { name: 'Chosen machines' }).waitFor({ state: 'detached' })
  }
  await change('Add', 'rack 7')
  await change('Add', 'spare')
  deepEqual(
    macs.map((mac) => stored(mac).labels),
    macs.map(() => ['rack 7', 'spare']),
  )
  await change('Take away', 'RACK 7')
  deepEqual(
    macs.map((mac) => stored(mac).labels),
    macs.map(() => ['spare']),
  )
  deepEqual(complaints, [])
})

test('what fails is listed with its cause and stays chosen', async () => {
  const macs = await rack('a3', 4)
  const { page } = await listOf('a3')
  await page.route(`**/machines/${macs[1]}`, (route) =>
    route.request().method() === 'GET' ? route.continue() : route.abort(),
  )
  await page.getByRole('checkbox', { name: 'Choose all 4 shown' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 4 machines?' })
  await dialog.getByRole('button', { name: 'Delete 4 machines' }).click()
  await page.getByText('4 machines deleted.').waitFor()
  equal(app.server.deps.store.machines.get(macs[0]!) !== null, true)
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  const alert = page.getByRole('alert').filter({ hasText: '1 machine could not be changed' })
  await alert.getByText(macs[1]!).waitFor()
  await alert.getByText('The console does not answer').waitFor()
  await count(page, '1 chosen')
  equal(await page.getByRole('checkbox', { name: `Choose ${macs[1]}` }).isChecked(), true)
  deepEqual(
    macs.map((mac) => app.server.deps.store.machines.get(mac) !== null),
    [false, true, false, false],
  )
})

test('starting over asks with the count', async () => {
  const macs = await rack('a4', 2)
  await simulatedMachine(app.url, macs[0]!).inventory([{ path: '/dev/sda', size: '1T', serial: 'S1' }])
  const { page, complaints } = await listOf('a4')
  await page.getByRole('checkbox', { name: 'Choose all 2 shown' }).click()
  await page.getByRole('button', { name: 'Start over' }).click()
  await page
    .getByRole('dialog', { name: 'Start over on 2 machines?' })
    .getByRole('button', { name: 'Start over' })
    .click()
  await page.getByText('2 machines will start over.').waitFor()
  deepEqual(complaints, [])
})
