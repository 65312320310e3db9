/** Draws the pictures of the README: `node tests/browser/screenshots.ts` writes docs/images/*.png. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { VERSION } from '../../server/version.ts'
import { launchBrowser, startConsole, visit } from './console.ts'
import { bootFiles, seed } from './seed.ts'

const out = join(import.meta.dirname, '..', '..', 'docs', 'images')
mkdirSync(out, { recursive: true })

const bootDir = bootFiles(VERSION)
const [browser, app] = await Promise.all([launchBrowser(), startConsole({ bootDir })])
try {
  const bench = await seed(app)
  const { page } = await visit(browser, app, { viewport: { width: 1280, height: 780 } })
  const shots = [
    { name: 'sticks', path: 'sticks', ready: page.getByText('Images to put on') },
    { name: 'machines', path: 'machines', ready: page.getByText('Writing').first() },
    { name: 'machine', path: `machines/${bench.flashing}`, ready: page.getByText('Reported 3 disks') },
  ]
  for (const { name, path, ready } of shots) {
    await new Promise((resolve) => setTimeout(resolve, 1100)) // two reports a second are taken
    await bench.tick()
    await page.goto(new URL(`ui/${path}`, app.url).href)
    await ready.waitFor()
    await page.screenshot({ path: join(out, `${name}.png`) })
    console.log(join(out, `${name}.png`))
  }
} finally {
  await browser.close()
  await app.close()
  rmSync(bootDir, { recursive: true, force: true })
}
