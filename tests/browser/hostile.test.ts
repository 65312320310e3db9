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

const MEGABYTE = 1024 * 1024
const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
const texts: [what: string, text: string][] = [
  ['markup', MARKUP],
  ['control characters', 'a\u0000b\u0007c\u001b[31md\r\n\u2028e\u200bf'],
  ['right to left', '\u202egpj.exe\u2066\u2067 \u05d0\u05d1'],
  ['a megabyte without a blank', 'W'.repeat(MEGABYTE)],
  ['twenty thousand combining marks', 'Z\u0351\u0343'.repeat(10_000)],
]

async function opened(path: string, ready: (page: Page) => Promise<unknown>): Promise<Visit> {
  const visited = await visit(browser, app, { viewport: { width: 900, height: 700 } })
  await visited.page.goto(`${app.url}ui/${path}`)
  await ready(visited.page)
  return visited
}

/** Nothing ran, nothing is pushed out of the window, and the page still answers to a key. */
async function holds({ page, complaints }: Visit, title: string): Promise<void> {
  equal(await page.title(), `${title} · bty console`)
  equal(await page.locator('main img, main script').count(), 0)
  const wide = await page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth)
      .map((e) => e.tagName + '.' + e.className)`)
  deepEqual(wide, [], 'wider than the window')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  deepEqual(complaints, [])
  await page.context().close()
}

for (const [n, [what, text]] of texts.entries())
  test(`${what} in labels, images and hardware does no harm`, async () => {
    const mac = `52:54:00:f0:00:0${n}`
    const { store, hub } = app.server.deps
    const ref = `${n}`.repeat(64)
    store.catalog.insert(
      imageRow({
        bty_image_ref: ref,
        src: `https://example.com/${n}.img`,
        name: text,
        description: text,
        format: text.slice(0, 100),
        arch: text.slice(0, 100),
      }),
    )
    const machine = simulatedMachine(app.url, mac)
    await machine.boot()
    const short = text.slice(0, 60)
    await machine.inventory(
      [{ path: short, model: short, vendor: short, serial: short, size: short.slice(0, 30) }],
      {
        id: short,
        class: 'system',
        children: [
          { id: text.slice(0, 200_000), class: 'bus', description: text.slice(0, 200_000), product: short },
        ],
      },
    )
    store.machines.save(mac, {
      boot_mode: 'bty-flash-once',
      bty_image_ref: ref,
      sanboot_drive: null,
      target_disk_serial: text,
      labels: [text, short],
    })
    hub.machineChanged(mac)
    hub.catalogChanged()

    await holds(
      await opened('machines', (page) => page.getByRole('link', { name: mac }).waitFor()),
      'Machines',
    )
    await holds(
      await opened(`machines/${mac}`, (page) =>
        page.getByRole('button', { name: 'Delete machine' }).waitFor(),
      ),
      mac,
    )
    await holds(await opened('images', (page) => page.getByRole('row').nth(1).waitFor()), 'Images')
  })
