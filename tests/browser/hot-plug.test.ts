/** Drives that come and go while somebody looks: real block devices, found by the real lsblk. */
import { deepEqual } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { listDisks } from '../../flasher/disk/list.ts'
import { type Run, runTool } from '../../flasher/run.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import { NEEDS_ROOT } from '../harness/root.ts'
import { launchBrowser, startConsole, visit } from './console.ts'

let browser: Browser
before(async () => (browser = await launchBrowser()))
after(() => browser.close())

/** A loop device stands for a drive that can be pulled out; nothing else is changed in what lsblk says. */
const asDrives: Run = async (command, args, options) => {
  const result = await runTool(command, args, options)
  if (command !== 'lsblk') return result
  const { blockdevices = [] } = JSON.parse(result.stdout) as { blockdevices?: Record<string, unknown>[] }
  const told = blockdevices.map((node) =>
    node['type'] === 'loop' ? { ...node, type: 'disk', rm: true } : node,
  )
  return { ...result, stdout: JSON.stringify({ blockdevices: told }) }
}

for (const name of ['flash', 'sticks'])
  test(
    `a drive that is attached appears on page ${name}, and goes when it is pulled out`,
    NEEDS_ROOT,
    async () => {
      const app = await startConsole({
        helper: { problem: 'No rights here.' },
        drives: { list: () => listDisks(asDrives) },
      })
      try {
        const { page, complaints } = await visit(browser, app)
        await page.goto(`${app.url}ui/${name}`)
        await page.getByText('No rights here.').waitFor()
        const disk = testDisk(48 * 1024 * 1024)
        const shown = page.getByText(disk.path, { exact: true }).first()
        try {
          await shown.waitFor()
        } finally {
          disk[Symbol.dispose]()
        }
        await shown.waitFor({ state: 'detached' })
        deepEqual(complaints, [])
      } finally {
        await app.close()
      }
    },
  )
