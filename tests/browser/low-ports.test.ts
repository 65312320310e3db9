/** The button that gives a user's console ports 67 and 69, pressed in a browser. Needs root, for a namespace where they are free. */
import { deepEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ensureConsole } from '../../build/prepare.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { nodeIn, type Child } from '../netboot/child.ts'
import { startUserConsole, type UserConsole } from '../netboot/user-console.ts'
import { launchBrowser } from './console.ts'

const ns = `lpb${process.pid}`
const dir = mkdtempSync(join(tmpdir(), 'bty-low-ports-'))
chmodSync(dir, 0o755)
const ip = (...args: string[]) => execFileSync('ip', args)
let browser: Browser
let user: UserConsole
let forward: Child

before(async () => {
  if (NEEDS_ROOT.skip !== undefined) return
  ensureConsole(() => undefined)
  ip('netns', 'add', ns)
  ip('-n', ns, 'link', 'set', 'lo', 'up')
  ip('-n', ns, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
  for (const name of ['eth0', 'eth1']) ip('-n', ns, 'link', 'set', name, 'up')
  ip('-n', ns, 'addr', 'add', '10.78.1.2/24', 'dev', 'eth0')
  browser = await launchBrowser()
  const env = { BTY_NETBOOT_INTERFACES: 'eth0', BTY_NETBOOT_PROXY_DHCP: 'on', BTY_CACHE_MODE: 'off' }
  user = await startUserConsole(ns, dir, env)
  const script = new URL('../netboot/forward.ts', import.meta.url)
  forward = nodeIn(ns, script, [join(dir, 'forward'), user.link.port])
  await forward.next()
})

after(async () => {
  await browser?.close()
  await forward?.stop()
  await user?.close()
  if (NEEDS_ROOT.skip === undefined) ip('netns', 'del', ns)
  rmSync(dir, { recursive: true, force: true })
})

const state = (page: Page, name: string, text: string) =>
  page
    .locator('section', { has: page.getByRole('heading', { name, exact: true }) })
    .getByText(text, { exact: true })
    .waitFor()

test(
  'the checklist leads to the button, a refusal is explained, and a yes starts both services',
  NEEDS_ROOT,
  async (t) => {
    const outside = createServer((outer) => {
      const inner = connect(join(dir, 'forward'))
      for (const end of [inner, outer]) end.on('error', () => (inner.destroy(), outer.destroy()))
      outer.pipe(inner).pipe(outer)
    })
    await once(outside.listen(0, '127.0.0.1'), 'listening')
    t.after(() => outside.close())
    const url = new URL(user.link)
    url.port = String((outside.address() as AddressInfo).port)

    const page = await browser.newPage()
    page.setDefaultTimeout(30_000)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(url.href)
    const line = page.getByRole('listitem').filter({ hasText: 'Low ports are bound' })
    await line.getByText('Ports 67 and 69 need a right').waitFor()
    await line.getByRole('link', { name: /^Allow low ports/ }).click()

    await page.getByRole('heading', { name: 'Network boot needs UDP ports 67 and 69' }).waitFor()
    await state(page, 'ProxyDHCP', 'Blocked')
    user.consent = false
    await page.getByRole('button', { name: 'Allow low ports' }).click()
    await page.getByRole('alert').getByText('The question for the password was closed').waitFor()

    user.consent = true
    await page.getByRole('button', { name: 'Allow low ports' }).click()
    await state(page, 'ProxyDHCP', 'On')
    await page.getByRole('heading', { name: 'Network boot needs' }).waitFor({ state: 'detached' })

    user.helper!.kill('SIGKILL')
    await page.getByRole('alert').getByText('The ports were closed').waitFor()
    await page.getByRole('button', { name: 'Allow low ports' }).click()
    await state(page, 'ProxyDHCP', 'On')
    deepEqual(complaints, [])
    // Its streams would hold up the end.
    await page.close()
  },
)
