/** The terminal in Debian's Chromium, on a real pseudo-terminal: over HTTP as in a browser, and over the app's bridge. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { Bridge } from '../../electron/bridge.ts'
import type { DesktopBridge } from '../../renderer/src/bridge.ts'
import { sessionMembers } from '../../server/terminal/session-members.ts'
import { withBridge } from '../desktop/bridge-page.ts'
import { NEEDS_PTY } from '../harness/pty.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'
import { drive } from './drives.ts'

/** What the page knows of the bridge is what the bridge is. */
const sameBridge = (bridge: Bridge): Omit<DesktopBridge, 'desk'> => bridge

const SCRIPT = `echo "leader $$."; sleep 1001 &
while read -r line; do
  case $line in
    size*) echo "$line is $(stty size).";;
    end) exit 7;;
    *) echo "you said <$line>";;
  esac
done`

let browser: Browser
let app: ConsoleServer
mkdirSync('dist', { recursive: true })
const outDir = mkdtempSync('dist/test-bridge-')
before(async () => {
  ;[browser, app] = await Promise.all([
    launchBrowser(),
    startConsole({
      drives: { list: async () => [drive('/dev/sdz')] },
      terminals: {
        programs: { node: process.execPath, bty: [] },
        command: (program) =>
          program === 'wizard'
            ? { file: '/bin/bash', args: ['--norc', '-c', SCRIPT] }
            : { problem: 'A shell is not offered: the setting terminal.shell is off.' },
        unreadMs: 1000,
      },
    }),
  ])
})
after(async () => {
  await browser.close()
  await app.close()
  rmSync(outDir, { recursive: true, force: true })
})

/** Opens the wizard; gives the process that leads its session. */
async function startWizard(page: Page): Promise<number> {
  await page.goto(`${app.url}ui/terminal`)
  await page.getByRole('button', { name: 'Start flash wizard' }).click()
  await page
    .getByText(/leader \d+\./)
    .first()
    .waitFor()
  const text = await page.locator('.xterm-rows').innerText()
  return Number(/leader (\d+)\./.exec(text)![1])
}

async function gone(leader: number): Promise<void> {
  while (sessionMembers(leader).length > 0) await setTimeout(20)
}

const rows = (page: Page) => page.locator('.xterm-rows > div').count()
const shows = (page: Page, text: string | RegExp) =>
  page.locator('.xterm-rows').getByText(text).first().waitFor()

for (const way of ['HTTP', 'the bridge of the app'] as const)
  test(`over ${way}: type, look elsewhere, come back, resize, and end`, NEEDS_PTY, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const bridge = way === 'HTTP' ? null : await withBridge(context, app.server, join(process.cwd(), outDir))
    const { page, complaints } = await visit(browser, app, { context })
    const requests: string[] = []
    page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    const leader = await startWizard(page)
    equal(sessionMembers(leader).length, 2)
    await page.keyboard.type('hello & <b>$HOME</b>\n')
    await shows(page, 'you said <hello & <b>$HOME</b>>')

    const before = await rows(page)
    await page.setViewportSize({ width: 900, height: 600 })
    await page.waitForFunction(
      (count) => document.querySelectorAll('.xterm-rows > div').length !== count,
      before,
    )
    // Layout may take more than one step; in the end the program knows what the page shows.
    for (let n = 1; ; n++) {
      ok(n < 50, 'the program never learned the size of the page')
      await page.keyboard.type(`size${n}\n`)
      await shows(page, new RegExp(`size${n} is \\d+`))
      const text = await page.locator('.xterm-rows').innerText()
      const [, told] = new RegExp(`size${n} is (\\d+)`).exec(text)!
      if (Number(told) === (await rows(page))) break
    }

    await page.getByRole('link', { name: 'Images', exact: true }).click()
    await page.getByRole('heading', { name: 'Images' }).waitFor()
    await page.goBack()
    await shows(page, 'you said <hello')
    await page.keyboard.type('still here\n')
    await shows(page, 'you said <still here>')

    await page.keyboard.press('Control+F6')
    equal(await page.evaluate(() => document.activeElement?.textContent), 'End it')
    await page.keyboard.press('Enter')
    await page.getByText('The program was ended, with all that it had started.').waitFor()
    await gone(leader)

    await page.getByRole('button', { name: 'Start flash wizard' }).click()
    await page.getByText('Flash wizard is running.').waitFor()
    await page.locator('.xterm-helper-textarea:focus').waitFor({ state: 'attached' })
    await shows(page, /leader \d+\./)
    await page.keyboard.type('end\n')
    await page.getByText('The program ended with exit code 7.').waitFor()
    deepEqual(complaints, [])
    const overHttp = requests.filter((path) => path.startsWith('/api/desk/'))
    if (bridge === null) ok(overHttp.length > 0)
    else {
      deepEqual(overHttp, [])
      ok(bridge.calls.includes('desk openTerminal') && bridge.calls.includes('desk typeTerminal'))
      ok(bridge.calls.includes('openStream'))
    }
    bridge?.close()
    await context.close()
  })

test('closing the page ends its program and all that it started', NEEDS_PTY, async () => {
  const { page } = await visit(browser, app)
  const leader = await startWizard(page)
  await page.close({ runBeforeUnload: false })
  await gone(leader)
})

test('what cannot be started says why', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/terminal`)
  await page.getByText('the setting terminal.shell is off').first().waitFor()
  equal(await page.getByRole('button', { name: 'Start shell' }).isDisabled(), true)
  deepEqual(complaints, [])
})

test('drives are listed and refusals are explained over the bridge as over HTTP', async () => {
  const context = await browser.newContext()
  const bridge = await withBridge(context, app.server, join(process.cwd(), outDir))
  const { page } = await visit(browser, app, { context })
  await page.goto(`${app.url}ui/flash`)
  await page.getByText('/dev/sdz').waitFor()
  ok(bridge.calls.includes('desk drives'))
  const overBridge = await page.evaluate(() =>
    (globalThis as never as { bty: Bridge }).bty.desk({
      name: 'cancelLocalFlash',
      params: { key: 'x/../y' },
    }),
  )
  const overHttp = await page.evaluate(async () => {
    const answer = await fetch('/api/desk/flashes/x%2F..%2Fy', { method: 'DELETE' })
    return { status: answer.status, body: await answer.json() }
  })
  equal(overBridge.status, 404)
  deepEqual(overBridge, overHttp)

  const invalid = await page.evaluate(() =>
    (globalThis as never as { bty: Bridge }).bty.desk({ name: 'freeDrive', body: { path: '' } }),
  )
  equal(invalid.status, 422)
  await page.evaluate(() => fetch('/api/session', { method: 'DELETE' }))
  equal(
    (await page.evaluate(() => (globalThis as never as { bty: Bridge }).bty.desk({ name: 'drives' }))).status,
    401,
    'a signed-out window has no desk',
  )
  bridge.close()
  await context.close()
})

test('a catalog or an image that the app was asked to open is filled in, and nothing more', async () => {
  const context = await browser.newContext()
  const bridge = await withBridge(context, app.server, join(process.cwd(), outDir), {
    chooseFile: async ({ kind }) => ({ path: `/srv/chosen.${kind}` }),
  })
  const { page, complaints } = await visit(browser, app, { context })
  await page.goto(`${app.url}ui/images?import=${encodeURIComponent('/srv/my catalog.toml')}`)
  await page.getByRole('dialog').locator('input').waitFor()
  equal(await page.getByRole('dialog').locator('input').inputValue(), '/srv/my catalog.toml')
  equal(new URL(page.url()).search, '')

  await page.goto(`${app.url}ui/flash?image=${encodeURIComponent('/srv/a b.img.zst')}`)
  await page.getByRole('status').getByText('Choose at least one drive.').waitFor()
  equal(await page.locator('#flash-file').inputValue(), '/srv/a b.img.zst')
  await page.getByRole('button', { name: 'Browse' }).click()
  await page.waitForFunction(
    () => (document.querySelector('#flash-file') as never as { value: string }).value === '/srv/chosen.image',
  )
  deepEqual(app.server.deps.store.catalog.list(), [])
  deepEqual(complaints, [])
  bridge.close()
  await context.close()
})

/** In the page. */
declare const document: {
  activeElement: { textContent: string } | null
  querySelector(selector: string): unknown
  querySelectorAll(selector: string): { length: number }
}
void sameBridge
