import { deepEqual, equal } from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { noise, sha256 } from '../../flasher/testing/images.ts'
import { startOrigin, type Origin } from '../../flasher/testing/origin.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

const IMAGE = noise(200_000)
let origin: Origin
let browser: Browser
let app: ConsoleServer
before(async () => {
  origin = await startOrigin((request, response) => {
    const body = request.url === '/a.img' ? IMAGE : Buffer.from(`${sha256(IMAGE)}  a.img\n`)
    response.writeHead(200, { 'content-length': body.length }).end(request.method === 'HEAD' ? '' : body)
  })
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
  await origin[Symbol.asyncDispose]()
})

test('an image is fetched, kept, checked and removed, by keyboard alone', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  await page.getByText('No image yet').waitFor()
  await page.evaluate(
    `fetch('/catalog/entries', { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ image_url: '${origin.url}/a.img', sha_url: '${origin.url}/a.img.sha256' }) })`,
  )
  const cell = (standing: string) => page.getByRole('button', { name: `a.img: ${standing}. What to do` })
  const ask = async (standing: string, wish: string) => {
    await cell(standing).focus()
    await page.keyboard.press('Enter')
    const item = page.getByRole('menuitem', { name: wish })
    await item.waitFor()
    const chosen = item.and(page.locator(':focus'))
    for (let n = 0; n < 5 && (await chosen.count()) === 0; n++) await page.keyboard.press('ArrowDown')
    equal(await chosen.count(), 1, `${wish} is not reached by the arrow keys`)
    await page.keyboard.press('Enter')
  }
  await ask('At origin', 'Fetch now')
  await ask('Stored', 'Keep on this laptop')
  await ask('Kept', 'Check what is stored')
  await page.getByText('200 kB used').waitFor()
  await ask('Kept', 'Let it go when room is needed')
  await ask('Stored', 'Remove from this laptop')
  await cell('At origin').waitFor()
  equal(origin.requests.filter((line) => line === 'GET /a.img').length, 1)
  deepEqual(complaints, [])
})

test('the overview says what needs attention, and what is fine behind one more click', async () => {
  const { page, complaints } = await visit(browser, app, { colorScheme: 'dark' })
  await page.goto(`${app.url}ui/dashboard`)
  await page.getByText('Netboot artifacts present').waitFor()
  await page.getByText('Cache answers').waitFor({ state: 'hidden' })
  await page.getByText(/other checks: fine/).click()
  await page.getByText('Cache answers').waitFor()
  deepEqual(complaints, [])
})
