import { equal } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { simulatedMachine } from './agent.ts'
import { launchBrowser, startConsole, visit } from './console.ts'

test('the console says when it lost the server, and catches up when it is back', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-live-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const browser = await launchBrowser()
  t.after(() => browser.close())
  let app = await startConsole({ dir })
  t.after(() => app.close())
  await simulatedMachine(app.url, '52:54:00:02:00:01').boot()

  const { page } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  const sign = page.locator('header [role=status]')
  await page.getByText('52:54:00:02:00:01').waitFor()
  equal(await sign.textContent(), 'Live')

  await app.close()
  await page.getByText('Live lost').waitFor()
  await page.getByText(/The console stopped answering .* ago/).waitFor()
  // What was known stays readable.
  equal(await page.getByText('52:54:00:02:00:01').isVisible(), true)

  app = await startConsole({ dir, port: app.server.address.port })
  await simulatedMachine(app.url, '52:54:00:02:00:02').boot()
  await page.getByText('Live lost').waitFor({ state: 'detached' })
  await page.getByText('52:54:00:02:00:02').waitFor()
})
