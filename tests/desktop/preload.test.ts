/** The preload script as it is bundled, run in a real browser behind a stand-in for Electron's contextBridge. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { bundlePreload } from '../../build/desktop.ts'
import type { Bridge } from '../../electron/bridge.ts'
import { serveChannels } from '../../electron/ipc.ts'

const site = createServer((_request, response) =>
  response.setHeader('content-type', 'text/html').end('<!doctype html><title>console</title>'),
)
const channels = new Map<string, (event: unknown, payload: unknown) => Promise<unknown>>()
const asked: string[] = []
const outDir = mkdtempSync(join(tmpdir(), 'bty-preload-'))
let browser: Browser
let page: Page
let source = ''

before(async () => {
  await bundlePreload(join(import.meta.dirname, '../..'), outDir)
  source = readFileSync(join(outDir, 'preload.cjs'), 'utf8')

  serveChannels(
    { handle: (channel, listener) => void channels.set(channel, listener as never) },
    {
      openExternal: async ({ url }) => {
        asked.push(url)
        return { opened: true }
      },
      copyDiagnostics: async () => ({ copied: true }),
      chooseFile: async ({ kind }) => ({ path: `/srv/${kind}` }),
      desk: async ({ name }) => ({ status: 200, body: name }),
      openStream: async () => ({ status: 200, body: null, stream: 1 }),
      closeStream: async () => ({}),
      online: async () => {
        asked.push('online')
        return {}
      },
    },
    () => true,
  )
  await once(site.listen(0, '127.0.0.1'), 'listening')
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  page = await browser.newPage()
  await page.exposeFunction('toMain', (channel: string, payload: unknown) =>
    channels.get(channel)!(null, payload),
  )
  await page.addInitScript(`(() => {
    const toMain = window.toMain
    const contextBridge = {
      exposeInMainWorld: (name, api) =>
        Object.defineProperty(window, name, { value: Object.freeze({ ...api }), writable: false, configurable: false }),
    }
    const webUtils = { getPathForFile: (file) => '/home/anna/' + file.name }
    const listeners = new Set()
    const ipcRenderer = {
      invoke: (channel, payload) => toMain(channel, payload),
      on: (channel, listener) => channel === 'bty:stream' && listeners.add(listener),
      off: (channel, listener) => listeners.delete(listener),
    }
    window.fromMain = (chunk) => listeners.forEach((listener) => listener({ sender: 'secret' }, chunk))
    const require = (name) => {
      if (name !== 'electron') throw new Error('a sandboxed preload script cannot load ' + name)
      return { contextBridge, ipcRenderer, webUtils }
    }
    const process = { platform: 'linux', argv: ['electron', '--type=renderer', '--bty-version=1.2.3'] }
    const module = { exports: {} }
    ;((require, process, module, exports) => { ${source} })(require, process, module, module.exports)
  })()`)
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
})
after(async () => {
  await browser.close()
  site.close()
  rmSync(outDir, { recursive: true })
})

/** The page's own view of the bridge; runs in the browser. */
const inPage = <T>(look: (bty: Bridge) => T): Promise<T> =>
  page.evaluate(`(${look.toString()})(window.bty)`) as Promise<T>

test('the page sees the desktop, its platform and version, and its calls', async () => {
  deepEqual(
    await inPage((bty) =>
      Object.entries(bty).map(([name, value]) => [name, typeof value === 'function' ? 'call' : value]),
    ),
    [
      ['desktop', true],
      ['platform', 'linux'],
      ['version', '1.2.3'],
      ...[
        'openExternal',
        'copyDiagnostics',
        'chooseFile',
        'online',
        'desk',
        'openStream',
        'closeStream',
        'pathOf',
        'onStream',
      ].map((name) => [name, 'call']),
    ],
  )
})

test('nothing of Node or Electron reaches the page', async () => {
  deepEqual(
    await page.evaluate(
      "['require', 'process', 'module', 'ipcRenderer', 'Buffer'].filter((name) => name in window)",
    ),
    [],
  )
})

test('the bundle loads Electron and nothing else', () => {
  deepEqual(
    [...source.matchAll(/\brequire\(([^)]*)\)/g)].map((m) => m[1]),
    ['"electron"'],
  )
  ok(source.length < 4096, `${source.length} bytes`)
})

test('a call arrives checked in the main process and its answer in the page', async () => {
  deepEqual(await inPage((bty) => bty.openExternal({ url: 'https://example.org/help' })), { opened: true })
  deepEqual(asked, ['https://example.org/help'])
})

test('a call that breaks the contract is refused and the page is told which', async () => {
  const refusal = await inPage((bty) => bty.openExternal({ url: 'file:///etc/passwd' }).then(String, String))
  match(refusal, /openExternal: /)
  equal(asked.length, 1)
})

test('pieces of a stream reach the page, without what Electron knows of their sender', async () => {
  const heard = await page.evaluate(`(() => {
    const heard = []
    const stop = window.bty.onStream((...given) => heard.push(given))
    window.fromMain({ stream: 1, text: 'a' })
    stop()
    window.fromMain({ stream: 1, text: 'b' })
    return heard
  })()`)
  deepEqual(heard, [[{ stream: 1, text: 'a' }]])
})

test('a desk call is one of the table, an operator call does not pass', async () => {
  deepEqual(await inPage((bty) => bty.desk({ name: 'drives' })), { status: 200, body: 'drives' })
  for (const name of ['saveMachine', 'logout', 'constructor'])
    match(
      await inPage(eval(`(bty) => bty.desk({ name: '${name}' }).then(String, String)`) as never),
      /desk: /,
    )
  const path = '/api/desk/../../machines'
  match(
    await inPage(eval(`(bty) => bty.openStream({ path: '${path}' }).then(String, String)`) as never),
    /openStream: /,
  )
})

test('a network that comes back is told to the server', async () => {
  await page.evaluate("window.dispatchEvent(new Event('online'))")
  equal(asked.at(-1), 'online')
})

test('the page learns where a file lies that was dropped on it', async () => {
  equal(await page.evaluate("window.bty.pathOf(new File(['x'], 'lab.img'))"), '/home/anna/lab.img')
})
