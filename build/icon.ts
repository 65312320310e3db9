/**
 * `node build/icon.ts`: draws `build/resources/icon.svg` (the console's mark with a margin, as desktops want it) into
 * `icon.png`, from which electron-builder makes the forms that each system needs. Both files are committed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const SIZE_PX = 1024
const folder = join(import.meta.dirname, 'resources')

const browser = await chromium.launch({
  executablePath: process.env['BTY_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage({ viewport: { width: SIZE_PX, height: SIZE_PX } })
await page.setContent(`<body style="margin:0">${readFileSync(join(folder, 'icon.svg'), 'utf8')}</body>`)
await page.screenshot({ path: join(folder, 'icon.png'), omitBackground: true })
await browser.close()
