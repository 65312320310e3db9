import { deepEqual, equal } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

const origin = createServer((request, response) => {
  const found = request.url === '/good-x86_64.img.gz'
  response.writeHead(found ? 200 : 404, found ? { 'content-length': 4096 } : {}).end()
})
let originUrl: string
let browser: Browser
let app: ConsoleServer
before(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  ;[browser, app] = await Promise.all([launchBrowser(), startConsole()])
})
after(async () => {
  await browser.close()
  await app.close()
  origin.closeAllConnections()
  origin.close()
})

test('an image is added by its URL and deleted after a question', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/images`)
  await page.getByText('No image yet').waitFor()
  await page.getByRole('button', { name: 'Add by URL' }).click()
  const url = page.getByLabel('Image URL')
  const submit = page.getByRole('button', { name: 'Add image' })
  await url.fill('ftp://example.com/x.img')
  await submit.click()
  await page.getByText('Give the whole address').waitFor()
  await url.fill(`${originUrl}/good-x86_64.img.gz`)
  await submit.click()
  const row = page.getByRole('row').filter({ hasText: 'good-x86_64.img.gz' })
  await row.getByText('4.10 kB').waitFor()
  await row.getByText('x86_64', { exact: true }).waitFor()
  await row.getByText('not pinned').waitFor()

  await page.getByRole('button', { name: 'Add by URL' }).click()
  await url.fill(`${originUrl}/good-x86_64.img.gz`)
  await submit.click()
  await page.getByRole('alert').getByText('already exists').waitFor()
  await page.keyboard.press('Escape')

  await row.getByRole('button', { name: 'Delete good-x86_64.img.gz' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No image yet').waitFor()
  const gone = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await page.getByRole('button', { name: 'Close', exact: true }).last().click()
  equal((await gone).status(), 204)
  // The browser itself notes the one answer that had to be 409.
  deepEqual(
    complaints.filter((line) => !/409 .*\/catalog\/entries/.test(line)),
    [],
  )
})

test('a catalog is dropped on the page; a broken one says what is wrong with it', async () => {
  const { page, complaints } = await visit(browser, app)
  // Any page takes it.
  await page.goto(`${app.url}ui/events`)
  await page.getByRole('heading', { name: 'Events' }).waitFor()
  const drop = async (name: string, text: string) => {
    // A text, because this side of the test has no DOM types.
    const data = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}))
      return transfer
    })()`)
    await page.dispatchEvent('main', 'dragover', { dataTransfer: data })
    await page.getByText('Let go to use this file').waitFor()
    await page.dispatchEvent('main', 'drop', { dataTransfer: data })
  }
  await drop('catalog.toml', 'version = 1\n[[images]\n')
  await page.getByText('is not valid TOML').waitFor()
  const hostile = '<img src=x onerror=alert(1)>.img'
  await drop(
    'catalog.toml',
    `version = 1\n[[images]]\nname = ${JSON.stringify(hostile)}\nsrc = "https://e.example/a.img"\nsha256 = "${'0'.repeat(64)}"\n`,
  )
  await page.getByText('1 image imported.').waitFor()
  await page.getByText(hostile).first().waitFor()
  equal(await page.locator('main img').count(), 0)
  equal(await page.getByText('is not valid TOML').count(), 0)
  deepEqual(
    complaints.filter((line) => !/400 .*\/api\/catalog\/upload/.test(line)),
    [],
  )
})

test('files that are no catalog are told apart; text, and what falls on a dialog, are left alone', async () => {
  const { page, complaints } = await visit(browser, app)
  await page.goto(`${app.url}ui/machines`)
  await page.getByRole('heading', { name: 'Machines' }).waitFor()
  const held = (items: string) =>
    page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      ${items}
      return transfer
    })()`)
  const overlay = page.getByText('Let go to use this file')
  const let_go = async (items: string) => {
    const dataTransfer = await held(items)
    await page.dispatchEvent('main', 'dragover', { dataTransfer })
    await overlay.waitFor()
    await page.dispatchEvent('main', 'drop', { dataTransfer })
    await overlay.waitFor({ state: 'detached' })
  }
  const file = (name: string) => `transfer.items.add(new File(['x'], '${name}'));`
  await let_go(file('notes.txt'))
  await page.getByText('This is neither a catalog').waitFor()
  await let_go(file('a.img') + file('b.img'))
  await page.getByText('Drop one file at a time.').waitFor()

  const text = await held(`transfer.setData('text/plain', 'a line')`)
  await page.dispatchEvent('main', 'dragover', { dataTransfer: text })
  equal(await overlay.count(), 0)

  const image = await held(file('lab.img.zst'))
  await page.dispatchEvent('main', 'dragover', { dataTransfer: image })
  await overlay.waitFor()
  await page.dispatchEvent('main', 'dragleave', { dataTransfer: image })
  await overlay.waitFor({ state: 'detached' })

  // A browser keeps the folder to itself.
  await let_go(file('lab.img.zst'))
  await page.getByText('A browser does not tell in which folder lab.img.zst lies.').waitFor()
  equal(await page.getByLabel('Or a file on this laptop').inputValue(), 'lab.img.zst')
  equal(new URL(page.url()).pathname, '/ui/flash')

  await page.getByRole('link', { name: 'Images', exact: true }).click()
  await page.getByRole('button', { name: 'Add by URL' }).first().click()
  const url = page.getByRole('dialog').getByLabel('Image URL')
  await url.fill('https://e.example/typed.img')
  await page.dispatchEvent('dialog', 'dragover', { dataTransfer: image })
  equal(await overlay.count(), 0)
  await page.dispatchEvent('dialog', 'drop', { dataTransfer: image })
  equal(await url.inputValue(), 'https://e.example/typed.img')
  deepEqual(complaints, [])
})
