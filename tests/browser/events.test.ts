import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
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

/** Writes `count` events about machines of their own; the last one is a failure. */
function happen(prefix: string, count: number): void {
  const { store } = app.server.deps
  store.durable(() => {
    for (let i = 0; i < count; i++)
      store.events.add({
        kind: i === count - 1 ? 'machine.flash_failed' : 'machine.inventory',
        subject_kind: 'machine',
        subject_id: '02:00:00:00:00:01',
        actor: 'pxe-client',
        source_ip: '192.0.2.7',
        summary: `${prefix} ${i}`,
        details: { count: i, error: '<b>raw</b>' },
      })
  })
}

test('events are searched, filtered, opened and marked as seen, by keyboard', async () => {
  happen('bench', 5)
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/events`)
  await page.getByRole('cell', { name: 'bench 4' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('bench 3')
  await page.getByRole('cell', { name: 'bench 4' }).waitFor({ state: 'detached' })
  equal(new URL(page.url()).search, '?q=bench+3')
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Failures' }).press('Enter')
  await page.getByRole('cell', { name: 'bench 3' }).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('cell', { name: 'bench 4' }).waitFor()
  equal(await page.getByRole('cell', { name: 'bench 3' }).count(), 0)

  await page.getByRole('button', { name: /Details of event/ }).press('Enter')
  await page.getByText('<b>raw</b>').waitFor()
  await page.getByRole('button', { name: /Got it, event \d+/ }).press('Enter')
  await page.getByText('Seen', { exact: true }).waitFor()
  equal(app.server.deps.store.events.list({ limit: 10, kind: 'machine.flash_failed' })[0]!.acknowledged, true)
  deepEqual(complaints, [])
})

test('what happens now appears on top, and older events are there on demand', async () => {
  happen('many', 250)
  const { page, complaints } = await visit(browser, app, { colorScheme: 'dark' })
  await page.goto(`${app.url}ui/events`)
  await page.getByRole('cell', { name: 'many 249 02:' }).waitFor()
  equal(await page.getByRole('cell', { name: 'many 100 02:' }).count(), 0)
  await page.getByRole('button', { name: 'Show older' }).click()
  await page.getByRole('cell', { name: 'many 100 02:' }).waitFor()
  happen('fresh', 2)
  await page.getByRole('cell', { name: 'fresh 1 02:' }).waitFor()
  await page.getByRole('cell', { name: 'many 100 02:' }).waitFor()
  await page.getByRole('button', { name: 'Show older' }).click()
  await page.getByText('That is all of them.').waitFor()
  deepEqual(complaints, [])
})

test('without a match the way back is one button', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/events?q=nothing-like-this`)
  await page.getByText('No event matches.').waitFor()
  await page.getByRole('button', { name: 'Show all events' }).click()
  await page.getByRole('row').nth(1).waitFor()
  equal(new URL(page.url()).search, '')
  deepEqual(complaints, [])
})
