import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { simulatedMachine } from './agent.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

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

test('the desktop is told when a flash ends, and only after the operator asked for it', async () => {
  const { page, complaints } = await visit(browser, app)
  // The desktop's own notifications cannot be seen from here.
  const told = Promise.withResolvers<string>()
  await page.exposeFunction('desktopTells', told.resolve)
  await page.addInitScript(`window.Notification = class {
      static permission = 'default'
      static requestPermission = async () => 'granted'
      constructor(text) { window.desktopTells(text) }
    }
    Document.prototype.hasFocus = () => false`)
  await page.goto(`${app.url}ui/settings`)
  await page.getByRole('button', { name: 'Notify me when a flash ends' }).click()
  await page.getByText('You are notified when a flash ends.').waitFor()
  await page.getByRole('link', { name: 'Machines', exact: true }).click()
  const machine = simulatedMachine(app.url, MAC)
  await machine.boot()
  await machine.progress('write')
  await page.getByRole('progressbar', { name: MAC }).waitFor()
  await machine.failed('no space')
  equal(await told.promise, `${MAC}: Failed`)
  deepEqual(complaints, [])
})
