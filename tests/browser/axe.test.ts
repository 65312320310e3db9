/** Every page through axe-core: WCAG 2.2 AA and best practices, empty and in full, in each scheme. */
import { deepEqual } from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import test, { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { CONSOLE_PAGES } from '../../server/api/raw-routes.ts'
import { VERSION } from '../../server/version.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'
import { drive } from './drives.ts'
import { type Bench, bootFiles, seed } from './seed.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const LOOKS = [
  { name: 'light', look: { scheme: 'light', contrast: false } },
  { name: 'dark', look: { scheme: 'dark', contrast: false } },
  { name: 'dark with high contrast', look: { scheme: 'dark', contrast: true } },
  { name: 'light with high contrast', look: { scheme: 'light', contrast: true } },
]

const DRIVES = [
  drive('/dev/sdb', { warnings: ['carries a part of LVM'] }),
  drive('/dev/sdc', { marks: ['is in use: /mnt'], mounts: ['/mnt'] }),
]

let browser: Browser
let empty: ConsoleServer
let full: ConsoleServer
let bench: Bench
const bootDir = bootFiles(VERSION)
before(async () => {
  ;[browser, empty, full] = await Promise.all([
    launchBrowser(),
    startConsole({ drives: { list: async () => [] } }),
    startConsole({ bootDir, drives: { list: async () => DRIVES } }),
  ])
  bench = await seed(full)
})
after(async () => {
  await browser.close()
  await empty.close()
  await full.close()
  rmSync(bootDir, { recursive: true, force: true })
})

interface Violation {
  id: string
  help: string
  nodes: { target: unknown[]; failureSummary?: string }[]
}

/** What axe finds on the page as it is, one line each. */
async function faults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE })
  const violations = await page.evaluate<Violation[]>('axe.run(document).then((found) => found.violations)')
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id}: ${target.join(' ')}: ${failureSummary?.split('\n').slice(0, 3).join(' ')}`,
    ),
  )
}

async function visitWith(app: ConsoleServer, look: object): Promise<Page> {
  const { page } = await visit(browser, app, { bypassCSP: true, reducedMotion: 'reduce' })
  await page.evaluate(`localStorage.setItem('bty.look', ${JSON.stringify(JSON.stringify(look))})`)
  return page
}

/** Until the page has what it asks the server for. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.getByText('Loading …').first().waitFor({ state: 'detached' })
  await page.waitForTimeout(300)
}

for (const { name, look } of LOOKS)
  test(`no page has a fault, ${name}`, async () => {
    for (const app of [empty, full]) {
      const page = await visitWith(app, look)
      for (const path of app === full
        ? [...CONSOLE_PAGES, `machines/${bench.flashing}`, `machines/${bench.failed}`]
        : CONSOLE_PAGES) {
        await page.goto(`${app.url}ui/${path}`)
        await settled(page)
        deepEqual(await faults(page), [], `${path}, ${app === full ? 'full' : 'empty'}`)
      }
      await page.context().close()
    }
  })

test('dialogs, menus, the palette and the login page have no fault', async () => {
  const page = await visitWith(full, LOOKS[0]!.look)
  const open = async (path: string, act: () => Promise<unknown>) => {
    await page.goto(`${full.url}ui/${path}`)
    await settled(page)
    await act()
    await page.waitForTimeout(200)
    deepEqual(await faults(page), [], path)
  }
  await open('images', () => page.getByRole('button', { name: 'Add by URL' }).click())
  await open('images', () => page.getByRole('button', { name: 'More ways' }).click())
  await open('machines', () => page.keyboard.press('Control+k'))
  await open('machines', () => page.keyboard.press('?'))
  await open('machines', () => page.getByRole('checkbox').nth(1).check())
  await open('events', () =>
    page
      .getByRole('button', { name: /Details of event/ })
      .first()
      .click(),
  )
  const { page: stranger } = await visit(browser, full, { bypassCSP: true, signedIn: false })
  await stranger.goto(`${full.url}ui/login`)
  await stranger.getByLabel('Password').waitFor()
  deepEqual(await faults(stranger), [], 'login')
})
