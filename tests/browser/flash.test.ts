import { deepEqual, equal } from 'node:assert/strict'
import { rmSync } from 'node:fs'
import test, { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { VERSION } from '../../server/version.ts'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'
import { bootFiles } from './seed.ts'

const CATALOG = `version = 1
[[images]]
name = "bench.img.zst"
src = "https://images.example.com/bench.img.zst"
sha256 = "${'4f'.repeat(32)}"
size_bytes = 1000000
`
const DISKS = [
  { path: '/dev/sda', size: '1T', model: 'Good disk', serial: 'SERIAL-A' },
  { path: '/dev/sdb', size: '16G', model: 'Stick', serial: null },
]

const bootDir = bootFiles(VERSION)
let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole({ bootDir })])
})
after(async () => {
  await browser.close()
  await app.close()
  rmSync(bootDir, { recursive: true, force: true })
})

/** What the hidden file field gets when the operator picks a file. */
async function pick(page: Page, name: string, text: string): Promise<void> {
  await page.setInputFiles('input[type=file]', {
    name,
    mimeType: 'application/toml',
    buffer: Buffer.from(text),
  })
}

test('a machine is bound to an image and flashed, with progress on the way', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  await pick(page, 'catalog.toml', CATALOG)
  await page.getByText('1 image imported.').waitFor()

  const machine = simulatedMachine(app.url, '52:54:00:01:00:01')
  await machine.boot()
  await machine.inventory(DISKS)
  await page.goto(`${app.url}ui/machines/${machine.mac}`)
  const save = page.getByRole('button', { name: 'Save' })
  await save.waitFor()
  equal(await save.isDisabled(), true)

  await page.getByRole('radio', { name: /Flash once/ }).check()
  await page.getByText('Not saved yet').waitFor()
  await save.click()
  await page.getByRole('alert').getByText('To flash, choose an image.').waitFor()
  await page.getByRole('alert').getByText('choose the disk that will be overwritten').waitFor()
  await page.getByLabel('Image', { exact: true }).selectOption({ label: 'bench.img.zst · 1.00 MB' })
  const disk = page.getByLabel('Target disk', { exact: true })
  const stick = disk.locator('option', { hasText: '/dev/sdb' })
  equal(await stick.isDisabled(), true)
  equal((await stick.textContent())!.includes('no serial'), true)
  await disk.selectOption('SERIAL-A')
  await page.getByLabel('Labels', { exact: true }).fill('rack 7')
  await page.keyboard.press('Enter')
  await save.click()
  await page.getByText('Saved.', { exact: true }).waitFor()
  await page.getByText('Writes bench.img.zst to the disk with serial SERIAL-A.').waitFor()

  equal((await machine.plan())['target_disk_serial'], 'SERIAL-A')
  await fetch(new URL(`/boot/bty-netboot-pc-x86_64-v${VERSION}.vmlinuz?mac=${machine.mac}`, app.url), {
    method: 'HEAD',
  })
  await machine.progress('write', {
    bytes_read: 100_000,
    bytes_read_total: 1_000_000,
    bytes_written: 1_720_000,
    bytes_written_total: 4_000_000,
  })
  const meter = page.getByRole('progressbar')
  await meter.waitFor()
  equal(await meter.getAttribute('aria-valuenow'), '43')
  await page.getByText('1.72 MB of 4.00 MB written').waitFor()
  await page.getByRole('link', { name: 'Machines', exact: true }).last().click()
  const row = page.getByRole('row').filter({ hasText: machine.mac })
  await row.getByText('Writing').waitFor()
  await row.getByText('43 %').waitFor()
  await row.getByText('rack 7').waitFor()

  await machine.done()
  await machine.progress('done')
  await row.getByText('Flashed; booting disk').waitFor()
  await row.click()
  await page.getByText('Boots the flashed disk').waitFor()
  await page.getByText('Reported a finished flash').waitFor()

  await page.getByRole('button', { name: 'Start over' }).click()
  await page.getByText('The next network boot starts from the beginning.').waitFor()
  await page.getByText('Writes bench.img.zst to the disk with serial SERIAL-A.').waitFor()
  deepEqual(complaints, [])
})

test('changes are undone, and a change from elsewhere is not overwritten unseen', async () => {
  const { page, complaints } = await visit(browser, app)
  const machine = simulatedMachine(app.url, '52:54:00:01:00:02')
  await machine.boot()
  await page.goto(`${app.url}ui/machines/${machine.mac}`)
  await page.getByRole('radio', { name: /Boot from disk/ }).check()
  await page.getByRole('button', { name: 'Undo changes' }).click()
  equal(await page.getByRole('radio', { name: /Take inventory/ }).isChecked(), true)
  equal(await page.getByRole('button', { name: 'Save' }).isDisabled(), true)

  await page.getByRole('radio', { name: /Boot from disk/ }).check()
  const cookies = await page.context().cookies()
  const elsewhere = await fetch(new URL(`/machines/${machine.mac}`, app.url), {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; '),
    },
    body: JSON.stringify({ boot_mode: 'bty-tui' }),
  })
  equal(elsewhere.status, 200)
  await page.getByText('was changed elsewhere while you were editing').waitFor()
  await page.getByRole('button', { name: 'Undo changes' }).click()
  equal(await page.getByRole('radio', { name: /Ask at the machine/ }).isChecked(), true)
  deepEqual(complaints, [])
})

test('a failed flash is red in the list and explained on its page', async () => {
  const { page, complaints } = await visit(browser, app)
  const machine = simulatedMachine(app.url, '52:54:00:01:00:03')
  await machine.boot()
  await machine.failed('image needs 8053063680 bytes; /dev/sdb holds 7948206080')
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('button', { name: 'Failed 1' }).click()
  await page
    .getByRole('row')
    .filter({ hasText: machine.mac })
    .getByText('image needs 8053063680 bytes')
    .waitFor()
  await page.getByText(machine.mac).click()
  await page.getByRole('alert').getByText('The last flash failed').waitFor()
  await page.getByRole('alert').getByText('/dev/sdb holds 7948206080').waitFor()
  deepEqual(complaints, [])
})
