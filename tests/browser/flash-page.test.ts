import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Disk } from '../../flasher/disk/list.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import { noise } from '../../flasher/testing/images.ts'
import { HELPER, helperMachine } from '../flasher/helper-machine.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { launchBrowser, startConsole, visit } from './console.ts'
import { drive } from './drives.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 40 * MiB
let browser: Browser
const dir = mkdtempSync(join(tmpdir(), 'bty-flash-page-'))
const image = join(dir, 'lab.img')
before(async () => {
  writeFileSync(image, noise(12 * MiB))
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  rmSync(dir, { recursive: true })
})

const disk = (path: string, serial: string, more: Partial<Disk> = {}): Disk =>
  drive(path, { serial, sizeBytes: DISK_BYTES, ...more })

const SYSTEM = disk('/dev/nvme0n1', 'SYS', {
  model: 'Laptop disk',
  removable: false,
  isSystem: true,
  marks: ['holds the running system'],
  mounts: ['/'],
})

test('a file is written to two drives at once and read back, by keyboard', NEEDS_ROOT, async () => {
  using second = testDisk(DISK_BYTES)
  using machine = helperMachine(DISK_BYTES, [second])
  const drives = [disk(machine.disk.path, 'S1'), disk(second.path, 'OTHER1'), SYSTEM]
  const app = await startConsole({
    helper: { command: process.execPath, args: [HELPER, '--test-targets'], env: machine.env },
    drives: { list: async () => drives },
  })
  try {
    const { page, complaints } = await visit(browser, app)
    await page.goto(`${app.url}ui/dashboard`)
    await page.getByRole('link', { name: 'Flash', exact: true }).press('Enter')
    const start = page.getByRole('button', { name: /^Flash/ })
    await page.getByText('Choose an image.').waitFor()
    await page.getByLabel('Or a file on this laptop').fill(image)
    await page.keyboard.press('Enter')
    await page.getByText('Choose at least one drive.').waitFor()
    equal(await page.getByText('Laptop disk').count(), 0, 'built-in drives are out of sight')
    const boxes = page.getByRole('checkbox', { name: /Test stick/ })
    await boxes.nth(0).press('Space')
    await boxes.nth(1).press('Space')
    await start.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Overwrite these 2 drives?' })
    await dialog.getByText(second.path).waitFor()
    await page.keyboard.press('Enter') // the cautious answer has the focus
    await dialog.waitFor({ state: 'detached' })
    await start.click()
    await dialog.getByRole('button', { name: 'Overwrite all 2' }).press('Enter')
    await page.getByText('Written and read back').nth(1).waitFor()
    for (const target of [machine.disk, second])
      ok(
        target
          .content()
          .subarray(0, 12 * MiB)
          .equals(noise(12 * MiB)),
      )
    const record = page.getByRole('link', { name: /Download the record/ })
    const [download] = await Promise.all([page.waitForEvent('download'), record.click()])
    ok(download.suggestedFilename().endsWith('.json'))
    deepEqual(complaints, [])
  } finally {
    await app.close()
  }
})

test('a drive that is pulled out and replaced is no longer chosen; refused ones say why', async () => {
  let drives = [disk('/dev/sdy', 'A'), SYSTEM]
  const app = await startConsole({
    helper: { problem: 'No rights here.' },
    drives: { list: async () => drives },
  })
  try {
    const { page, complaints } = await visit(browser, app, {
      colorScheme: 'dark',
      viewport: { width: 900, height: 800 },
    })
    await page.goto(`${app.url}ui/flash`)
    await page.getByText('No rights here.').waitFor()
    const box = page.getByRole('checkbox', { name: /Test stick/ })
    await box.check()
    drives = [disk('/dev/sdy', 'B'), SYSTEM]
    await page.getByText('B', { exact: true }).waitFor()
    equal(await box.isChecked(), false)
    await page.getByRole('button', { name: 'Show 1 built-in drive' }).click()
    await page.getByText('Cannot be flashed: it holds the running system.').waitFor()
    equal(await page.getByRole('checkbox', { name: /Laptop disk/ }).isDisabled(), true)
    drives = [SYSTEM]
    await box.waitFor({ state: 'detached' })
    deepEqual(complaints, [])
  } finally {
    await app.close()
  }
})

test('from another machine the page says where drives can be written', async () => {
  const app = await startConsole({ helper: { problem: '' }, drives: { list: async () => [] } })
  try {
    const { page } = await visit(browser, app, { signedIn: false })
    await page.goto(`${app.url}ui/login`)
    await page.getByLabel('Password').fill('bty-lab')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Flash', exact: true }).click()
    await page
      .getByText('Drives of the laptop are written only from the console on the laptop itself.')
      .waitFor()
  } finally {
    await app.close()
  }
})
