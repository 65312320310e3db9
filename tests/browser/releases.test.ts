import { deepEqual, equal } from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { filesOfVersion, releaseOrigin, releaseToml } from '../harness/release-origin.ts'
import { launchBrowser, startConsole, visit } from './console.ts'

let browser: Browser
before(async () => {
  browser = await launchBrowser()
})
after(async () => await browser.close())

test('releases are fetched, stand side by side, are chosen, verified and deleted', async (t) => {
  const origin = await releaseOrigin(t)
  for (const version of ['1.0.0', '1.1.0']) origin.publish(version, { tag: `v${version}` })
  origin.latest(releaseToml('1.1.0'))
  const bootDir = mkdtempSync(join(tmpdir(), 'bty-boot-'))
  const app = await startConsole({ releaseBase: origin.base, bootDir })
  t.after(async () => {
    await app.close()
    rmSync(bootDir, { recursive: true })
  })
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/netboot`)
  const panel = page.getByRole('region', { name: 'Versions of the live media' })
  await panel.getByText('No live medium is installed yet.').waitFor()

  for (const version of ['1.0.0', '1.1.0']) {
    await panel.getByLabel('Release', { exact: true }).fill(`v${version}`)
    await panel.getByLabel('Release', { exact: true }).press('Enter')
    await panel.getByText(`Release v${version} was fetched and verified.`).waitFor()
  }
  const row = (version: string) => panel.getByRole('row').filter({ hasText: version })
  await row('1.1.0').getByText('in use').waitFor()
  await page.getByRole('button', { name: 'Use version 1.0.0' }).click()
  await row('1.0.0').getByText('chosen').waitFor()
  await page.getByRole('button', { name: 'Use the newest' }).click()
  await row('1.1.0').getByText('in use').waitFor()

  await page.getByRole('button', { name: 'Verify version 1.0.0' }).click()
  await row('1.0.0').getByText('verified', { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Delete version 1.0.0' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await row('1.0.0').waitFor({ state: 'detached' })
  deepEqual(
    filesOfVersion('1.0.0').map((name) => existsSync(join(bootDir, name))),
    [false, false, false, false],
  )
  deepEqual(complaints, [])
})

test('a fetch that hangs is shown as running and cancelled; one that fails says why', async (t) => {
  const origin = await releaseOrigin(t)
  origin.publish('2.0.0', { tag: 'v2.0.0' })
  origin.spoil('.squashfs', (_req, res, bytes) => {
    res.writeHead(200, { 'content-length': bytes.length })
    res.write(bytes.subarray(0, 1000))
  })
  const app = await startConsole({ releaseBase: origin.base })
  t.after(() => app.close())
  const { page } = await visit(browser, app, { colorScheme: 'dark', viewport: { width: 900, height: 800 } })
  await page.goto(`${app.url}ui/netboot`)
  const panel = page.getByRole('region', { name: 'Versions of the live media' })
  const tag = panel.getByLabel('Release', { exact: true })
  await tag.fill('v2.0.0')
  await tag.press('Enter')
  await panel.getByRole('progressbar', { name: 'Fetching release v2.0.0' }).waitFor()
  await panel.getByRole('button', { name: 'Cancel the fetch of v2.0.0' }).click()
  await panel.getByRole('progressbar').waitFor({ state: 'detached' })
  await tag.fill('v9.9.9')
  await tag.press('Enter')
  await panel.getByText('Release v9.9.9 could not be fetched').waitFor()
  await tag.fill('no tag')
  equal(await panel.getByRole('button', { name: 'Fetch', exact: true }).isDisabled(), true)
})
