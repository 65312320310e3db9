import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { noise } from '../../flasher/testing/images.ts'
import { HELPER, helperMachine } from '../flasher/helper-machine.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'
import { drive } from './drives.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 40 * MiB
const MAC = '52:54:00:06:00:01'
let browser: Browser
let app: ConsoleServer
before(async () => {
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
})

/** The desktop's own notifications cannot be seen from here. Resolves with the first. */
async function desktopOf(page: Page, permission = 'default'): Promise<Promise<string>[]> {
  const told = Promise.withResolvers<string>()
  await page.exposeFunction('desktopTells', told.resolve)
  await page.addInitScript(`window.Notification = class {
      static permission = '${permission}'
      static requestPermission = async () => 'granted'
      constructor(text) { window.shownLast = this; window.desktopTells(text) }
      close() {}
    }
    Document.prototype.hasFocus = () => false`)
  return [told.promise]
}

test('the desktop is told when a flash ends, and only after the operator asked for it', async () => {
  const { page, complaints } = await visit(browser, app)
  const [told] = await desktopOf(page)
  await page.goto(`${app.url}ui/settings`)
  await page.getByRole('button', { name: 'Notify me when a flash ends' }).click()
  await page.getByText('You are notified when a flash ends.').waitFor()
  await page.getByRole('link', { name: 'Machines', exact: true }).click()
  const machine = simulatedMachine(app.url, MAC)
  await machine.boot()
  await machine.progress('write')
  await page.getByRole('progressbar', { name: MAC }).waitFor()
  await machine.failed('no space')
  equal(await told, `${MAC}: Failed`)
  await page.evaluate('window.shownLast.onclick()')
  await page.getByRole('heading', { name: MAC }).waitFor()
  deepEqual(complaints, [])
})

test('the desktop is told when a flash of this laptop ends, whatever page is open', NEEDS_ROOT, async () => {
  using machine = helperMachine(DISK_BYTES)
  const dir = mkdtempSync(join(tmpdir(), 'bty-notify-'))
  const image = join(dir, 'lab.img')
  writeFileSync(image, noise(4 * MiB))
  const bench = await startConsole({
    helper: { command: process.execPath, args: [HELPER, '--test-targets'], env: machine.env },
    drives: { list: async () => [drive(machine.disk.path, { serial: 'S1', sizeBytes: DISK_BYTES })] },
  })
  const { page, complaints } = await visit(browser, bench)
  const [told] = await desktopOf(page, 'granted')
  await page.goto(`${bench.url}ui/flash`)
  await page.getByLabel('Or a file on this laptop').fill(image)
  await page.keyboard.press('Enter')
  await page.getByRole('checkbox', { name: /Test stick/ }).check()
  await page.getByRole('button', { name: /^Flash/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Overwrite/ })
    .click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Events' }).click()
  equal(await told, `${image} is written and verified on 1 drive.`)
  await page.evaluate('window.shownLast.onclick()')
  await page.getByRole('heading', { name: 'Flash', exact: true }).waitFor()
  deepEqual(complaints, [])
  await page.context().close()
  await bench.close()
  rmSync(dir, { recursive: true })
})
