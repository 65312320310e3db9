import { deepEqual, equal, ok } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { words } from '../../renderer/src/words.ts'
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

test('a machine appears by itself at its first contact', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByText('No machine has reported yet').waitFor()
  const machine = simulatedMachine(app.url, '52:54:00:aa:00:01')
  await machine.boot()
  const row = page.getByRole('row').filter({ hasText: '52:54:00:aa:00:01' })
  await row.getByText('Pending inventory').waitFor()
  await row.getByText('Take inventory').waitFor()
  await row.click()
  await page.waitForURL('**/ui/machines/52:54:00:aa:00:01')
  await page.getByText('has not reported its disks yet').waitFor()
  await machine.inventory([{ path: '/dev/sda', size: '1T', serial: 'S1' }], { id: 'x' })
  await page.getByRole('cell', { name: '/dev/sda' }).waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'lshw.json' }).click()
  equal((await download).suggestedFilename(), '52-54-00-aa-00-01-lshw.json')
  deepEqual(complaints, [])
})

test('machines are searched, filtered, sorted and opened from the keyboard', async () => {
  for (const end of ['b1', 'b2', 'b3']) await simulatedMachine(app.url, `52:54:00:bb:00:${end}`).boot()
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  const open = page.locator('tbody a.open')
  await page.getByText('52:54:00:bb:00:b3').waitFor()

  await page.keyboard.press('/')
  await page.keyboard.type('bb-00')
  await page.getByText('52:54:00:aa:00:01').waitFor({ state: 'detached' })
  deepEqual(await open.allTextContents(), ['52:54:00:bb:00:b1', '52:54:00:bb:00:b2', '52:54:00:bb:00:b3'])

  const mac = page.getByRole('columnheader', { name: 'Machine' })
  await mac.getByRole('button').click()
  equal(await mac.getAttribute('aria-sort'), 'descending')
  deepEqual(await open.allTextContents(), ['52:54:00:bb:00:b3', '52:54:00:bb:00:b2', '52:54:00:bb:00:b1'])

  await page.getByRole('button', { name: /^Failed/ }).click()
  await page.getByText('No machine matches.').waitFor()
  await page.getByRole('button', { name: 'Show all machines' }).click()

  await page.getByRole('searchbox').fill('bb:00')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/ui/machines/52:54:00:bb:00:b2')
  deepEqual(complaints, [])
})

test('a machine is added by a MAC in any spelling, and deleted after a question', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('button', { name: 'Add machine' }).click()
  const mac = page.getByLabel('MAC address')
  await mac.fill('not a mac')
  await page.keyboard.press('Enter')
  await page.getByText('is not a MAC address').waitFor()
  await mac.fill('5254.00CC.0001')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/ui/machines/52:54:00:cc:00:01')
  await page.getByText('Boots the local disk.').waitFor()

  await page.getByRole('button', { name: 'Delete machine' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete 52:54:00:cc:00:01?' })
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Delete machine' }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL('**/ui/machines')
  await page.getByText('52:54:00:cc:00:01 was deleted.').waitFor()
  equal(await page.locator('tbody').getByText('52:54:00:cc:00:01').count(), 0)
  deepEqual(complaints, [])
})

test('of a long list the rows near the eye are drawn, and the arrows reach the last one', async () => {
  const { store, hub } = app.server.deps
  const macs = Array.from({ length: 250 }, (_, n) => `52:54:01:00:00:${n.toString(16).padStart(2, '0')}`)
  store.durable(() => macs.forEach((mac) => store.machines.contact(mac, '192.0.2.7')))
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('searchbox').fill('52:54:01')
  const open = page.locator('tbody a.open')
  await page.getByText('52:54:01:00:00:00').waitFor()
  ok((await open.count()) < 250)
  await open.first().focus()
  for (let n = 0; n < 249; n++) await page.keyboard.press('ArrowDown')
  await page.locator('a.open:focus').getByText('52:54:01:00:00:f9').waitFor()
  ok((await open.count()) < 250)
  await page.evaluate('scrollTo(0, 0)')
  await page.getByText('52:54:01:00:00:00').waitFor()
  await page.locator('a.open:focus').getByText('52:54:01:00:00:f9').waitFor()
  store.durable(() => macs.forEach((mac) => store.machines.delete(mac)))
  macs.forEach((mac) => hub.machineChanged(mac))
  await page.getByText('No machine matches.').waitFor()
  deepEqual(complaints, [])
})

test('a machine that was deleted elsewhere is shown as what it is: a client that was heard', async () => {
  const { page } = await visit(browser, app)
  await simulatedMachine(app.url, '52:54:00:dd:00:01').boot()
  await page.goto(`${app.url}ui/machines/52:54:00:dd:00:01`)
  await page.getByRole('heading', { name: '52:54:00:dd:00:01' }).waitFor()
  app.server.deps.store.durable(() => app.server.deps.store.machines.delete('52:54:00:dd:00:01'))
  app.server.deps.hub.machineChanged('52:54:00:dd:00:01')
  await page.getByText(words.machine.heard).waitFor()
})

test('a machine of which nothing is known says so', async () => {
  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.evaluate(
    `history.pushState(null, '', '/ui/machines/52:54:00:dd:00:99'); dispatchEvent(new PopStateEvent('popstate'))`,
  )
  await page.getByText('No machine 52:54:00:dd:00:99 is known here').waitFor()
})

test('what a machine reports is text, whatever it looks like', async () => {
  const { page, complaints } = await visit(browser, app)
  const hostile = '<img src=x onerror="document.title=1">'
  const machine = simulatedMachine(app.url, '52:54:00:ee:00:01')
  await machine.boot()
  await machine.inventory([
    {
      path: hostile,
      model: '{@html "<script>alert(1)</script>"}',
      vendor: '"><svg onload=alert(1)>',
      serial: '\u202eevil',
    },
  ])
  await machine.failed('</script><script>document.title = "taken"</script>')
  await page.goto(`${app.url}ui/machines/52:54:00:ee:00:01`)
  await page.getByRole('cell', { name: hostile }).waitFor()
  await page.getByRole('alert').getByText('<script>document.title').waitFor()
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('row').filter({ hasText: '52:54:00:ee:00:01' }).getByText('<script>').waitFor()
  equal(await page.title(), 'Machines · bty console')
  equal(await page.locator('main img, main script').count(), 0)
  deepEqual(complaints, [])
})
