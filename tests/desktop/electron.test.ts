/** The real thing, where Electron's runtime is installed: the app starts, is signed in, is locked down and ends. */
import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { _electron, type ElectronApplication } from 'playwright-core'
import { ensureDesktop } from '../../build/desktop.ts'
import { ensureConsole } from '../../build/prepare.ts'
import { findElectron } from '../../build/runtime.ts'
import type { Bridge } from '../../electron/bridge.ts'

const root = join(import.meta.dirname, '../..')
const executable = findElectron(root)
const isRoot = process.getuid?.() === 0

async function launch(stateDir: string): Promise<ElectronApplication> {
  return _electron.launch({
    executablePath: executable!,
    // Chromium's sandbox does not run as root; everywhere else the test runs with it.
    args: [...(isRoot ? ['--no-sandbox'] : []), root, '--port', '0', '--no-netboot', '--state-dir', stateDir],
    env: { ...(process.env as Record<string, string>), XDG_CONFIG_HOME: stateDir },
  })
}

if (executable === null) console.log('electron runtime not installed: desktop suite not run')
else
  test('the app opens its console signed in, shows the page its bridge only, and ends', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'bty-electron-'))
    ensureConsole(console.log)
    await ensureDesktop(console.log)
    const app = await launch(stateDir)
    try {
      const page = await app.firstWindow()
      await page.waitForURL(/\/ui$/)
      const session = await page.evaluate(() =>
        fetch('/api/session').then((answer) => answer.json() as unknown),
      )
      equal((session as { desk: boolean }).desk, true)

      const seen = await page.evaluate(() => {
        const page = globalThis as unknown as { bty: Bridge; require?: unknown; process?: unknown }
        return [page.bty.desktop, page.bty.platform, typeof page.require, typeof page.process]
      })
      deepEqual(seen, [true, process.platform, 'undefined', 'undefined'])

      const before = page.url()
      await page.evaluate("void window.open('file:///etc/passwd')")
      equal(app.windows().length, 1)
      equal(page.url(), before)
    } finally {
      await app.close()
      rmSync(stateDir, { recursive: true, force: true })
    }
  })
