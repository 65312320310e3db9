import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Disk } from '../../flasher/disk/list.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import { noise } from '../../flasher/testing/images.ts'
import { writeMedium } from '../../flasher/testing/medium.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import { filesOn, stickIsSound } from '../../flasher/testing/stick.ts'
import { HELPER, helperMachine } from '../flasher/helper-machine.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { launchBrowser, startConsole, visit } from './console.ts'
import { drive } from './drives.ts'

const MiB = 1024 * 1024
const STICK_BYTES = 64 * MiB
const IMAGE = noise(5 * MiB, 5)
let browser: Browser
const dir = mkdtempSync(join(tmpdir(), 'bty-sticks-page-'))
const medium = writeMedium(join(dir, 'bty-usbboot-pc-x86_64-v1.0.0.iso'), '1.0.0')
before(async () => {
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  rmSync(dir, { recursive: true })
})

const disk = (path: string, serial: string, more: Partial<Disk> = {}): Disk =>
  drive(path, { serial, sizeBytes: STICK_BYTES, ...more })

/** A console beside two sticks, with two images in its catalog: one that fits, and one that never does. */
async function bench(t: { after(end: () => Promise<void>): void }) {
  const second = testDisk(STICK_BYTES)
  const machine = helperMachine(STICK_BYTES, [second])
  const origin = await startOrigin((_request, response) =>
    response.writeHead(200, { 'content-length': IMAGE.length }).end(IMAGE),
  )
  const sticks = { content: 'no partition table' }
  const app = await startConsole({
    builtMedia: dir,
    helper: { command: process.execPath, args: [HELPER, '--test-targets'], env: machine.env },
    drives: {
      list: async () => [
        disk(machine.disk.path, 'S1', sticks),
        disk(second.path, 'OTHER1', { model: 'Other stick' }),
        disk('/dev/nvme0n1', 'SYS', {
          ...{ model: 'Laptop disk', removable: false, isSystem: true },
          marks: ['holds the running system'],
        }),
      ],
    },
  })
  const row = {
    resolved_src: null,
    disk_image_sha: null,
    sha_url: null,
    format: 'img',
    description: null,
    arch: null,
  }
  const { catalog } = app.server.deps.store
  catalog.insert({
    ...row,
    bty_image_ref: 'a'.repeat(64),
    src: `${origin.url}/lab.img`,
    name: 'lab',
    size_bytes: IMAGE.length,
  })
  catalog.insert({
    ...row,
    bty_image_ref: 'b'.repeat(64),
    src: `${origin.url}/big.img`,
    name: 'huge',
    size_bytes: 900 * MiB,
  })
  t.after(async () => {
    await app.close()
    await origin[Symbol.asyncDispose]()
    machine[Symbol.dispose]()
    second[Symbol.dispose]()
  })
  return { app, machine, second, sticks }
}

test('two sticks are burnt with an image by keyboard, and one is updated by mouse', NEEDS_ROOT, async (t) => {
  const { app, machine, second, sticks } = await bench(t)
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/dashboard`)
  await page.getByRole('link', { name: 'Sticks', exact: true }).press('Enter')
  await page.getByRole('radio', { name: /bty 1\.0\.0/ }).waitFor()
  await page.getByText('Choose at least one stick.').waitFor()
  equal(await page.getByText('Laptop disk').count(), 0, 'built-in drives are out of sight')
  await page.getByRole('checkbox', { name: /Test stick/ }).press('Space')
  await page.getByRole('checkbox', { name: /Other stick/ }).press('Space')
  await page.getByRole('checkbox', { name: /huge/ }).press('Space')
  await page.getByText('The images do not fit.').waitFor()
  const start = page.getByRole('button', { name: /^Burn/ })
  ok(await start.isDisabled())
  await page.getByRole('checkbox', { name: /huge/ }).press('Space')
  await page.getByRole('checkbox', { name: /lab/ }).press('Space')
  await page.getByText('to 2 sticks, 1 image').waitFor()
  await start.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Burn these 2 sticks?' })
  await dialog.getByText('serial OTHER1').waitFor()
  await page.keyboard.press('Enter') // the cautious answer has the focus
  await dialog.waitFor({ state: 'detached' })
  await start.press('Enter')
  await dialog.getByRole('button', { name: 'Burn all 2' }).press('Enter')
  await page.getByText('Complete and read back').nth(1).waitFor()
  await page.getByText(/boot a machine from one: F12/).waitFor()
  for (const each of [machine.disk, second]) {
    stickIsSound(each.content(), medium.liveBytes)
    ok(filesOn(each.content(), medium.liveBytes).get('lab.img')!.equals(IMAGE))
  }

  sticks.content = 'bty live stick, MBR, 3 partitions'
  const before = machine.disk.content()
  await page.getByText('bty live stick, MBR, 3 partitions').waitFor()
  await page.getByRole('checkbox', { name: /Test stick/ }).click()
  await page.getByText(/^bty 1\.0\.0, 1 image, /).waitFor()
  ok(await page.getByRole('radio', { name: 'Update, keep its images' }).isChecked())
  await page.getByRole('button', { name: 'Burn 1 stick' }).click()
  const again = page.getByRole('dialog', { name: 'Burn this stick?' })
  await again.getByText('Its images stay, its live system is replaced').waitFor()
  await again.getByRole('button', { name: 'Burn it' }).click()
  await page.getByText('Complete and read back').nth(2).waitFor()
  ok(machine.disk.content().subarray(medium.liveBytes).equals(before.subarray(medium.liveBytes)))
  deepEqual(complaints, [])
})

test('without a medium and without a stick the page says how to get them', async () => {
  const app = await startConsole({ helper: { problem: 'No rights here.' }, drives: { list: async () => [] } })
  try {
    const { page, complaints } = await visit(browser, app, { viewport: { width: 900, height: 800 } })
    await page.goto(`${app.url}ui/sticks`)
    await page.getByText('npm run media -- usbboot-pc').waitFor()
    await page.getByRole('button', { name: 'Fetch the latest release' }).waitFor()
    await page.getByText('No stick is plugged in. Plug one in, it appears here.').waitFor()
    await page.getByText('No rights here.').waitFor()
    deepEqual(complaints, [])
  } finally {
    await app.close()
  }
})
