import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type DesktopOptions, runDesktop } from './desktop.ts'
import { type FakeFrame, type FakeWindow, fakeElectron } from './fake/electron.ts'

let site: Server
let origin = ''
before(async () => {
  site = createServer((request, response) => {
    if (request.url === '/ui?token=once')
      response.writeHead(303, { location: '/ui', 'set-cookie': 'bty-token=signed; Path=/; HttpOnly' }).end()
    else if (request.url === '/out') response.writeHead(302, { location: 'https://example.org/' }).end()
    else response.end(`cookie: ${request.headers.cookie ?? 'none'}`)
  })
  await once(site.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
})
after(() => site.close())

/** Runs the shell on a fake Electron up to its first painted window. */
async function run(options: Partial<DesktopOptions> = {}) {
  const fake = fakeElectron()
  let closed = 0
  const painted = once(fake.opened, 'window').then(async ([window]) => {
    await once((window as FakeWindow).webContents, 'did-finish-load')
    return window as FakeWindow
  })
  await runDesktop(fake.electron, {
    start: async () => ({ deskUrl: `${origin}/ui?token=once`, close: async () => void (closed += 1) }),
    preload: '/app/preload.cjs',
    icon: '/app/icon.png',
    platform: 'linux',
    ...options,
  })
  return { ...fake, window: await painted, closed: () => closed }
}

test('the window opens signed in, hidden until it is painted', async () => {
  const { window, app } = await run()
  equal(window.webContents.url, `${origin}/ui`)
  equal(window.webContents.body, 'cookie: bty-token=signed')
  equal(window.options.show, false)
  equal(window.visible, true)
  equal(app.sandboxed, true)
})

test('the window is hardened', async () => {
  const { window } = await run()
  deepEqual(window.options.webPreferences, {
    preload: '/app/preload.cjs',
    additionalArguments: ['--bty-version=0.1.0'],
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  })
})

test('navigation stays on the console; web pages go to the browser, the rest nowhere', async () => {
  const { window, external } = await run()
  const page = window.webContents
  equal(page.go('will-navigate', `${origin}/ui/images`), true)
  equal(page.go('will-navigate', 'https://example.org/help'), false)
  equal(page.go('will-navigate', 'file:///etc/passwd'), false)
  equal(page.go('will-redirect', 'https://example.org/redirected'), false)
  equal(page.go('will-frame-navigate', 'https://example.org/frame', false), false)
  equal(page.go('will-frame-navigate', `${origin}/ui`, false), true)
  equal(page.open('https://example.org/opened'), false)
  equal(page.open('file:///etc/passwd'), false)
  equal(page.open('javascript:alert(1)'), false)
  deepEqual(external, ['https://example.org/help', 'https://example.org/opened'])
})

test('a page that would open in a second window opens in the one there is', async () => {
  const { window, windows } = await run()
  const loaded = once(window.webContents, 'did-finish-load')
  equal(window.webContents.open(`${origin}/catalog.toml`), false)
  await loaded
  equal(window.webContents.url, `${origin}/catalog.toml`)
  equal(windows.size, 1)
})

test('a webview is never attached', async () => {
  const { window } = await run()
  let prevented = false
  window.webContents.emit('will-attach-webview', { preventDefault: () => (prevented = true) })
  equal(prevented, true)
})

const permissions: [permission: string, from: () => string, granted: boolean][] = [
  ['media', () => origin, false],
  ['geolocation', () => origin, false],
  ['usb', () => origin, false],
  ['clipboard-read', () => origin, false],
  ['clipboard-sanitized-write', () => origin, true],
  ['clipboard-sanitized-write', () => 'https://example.org', false],
]
for (const [permission, from, granted] of permissions)
  test(`${permission} is ${granted ? 'granted to the console' : 'denied'}`, async () => {
    const { session } = await run()
    equal(session.check(null, permission, from()), granted)
    const answers: boolean[] = []
    session.request(null, permission, (answer) => answers.push(answer), { requestingUrl: `${from()}/ui` })
    deepEqual(answers, [granted])
    equal(session.device(), false)
  })

test('a second instance quits and starts nothing', async () => {
  const { electron, app, windows } = fakeElectron({ first: false })
  let started = false
  const start = async () => {
    started = true
    throw new Error('not reached')
  }
  await runDesktop(electron, { start, preload: '', icon: '' })
  deepEqual([started, app.exitCode, windows.size], [false, 0, 0])
})

test('the first instance comes to the front when a second one is started', async () => {
  const { app, window } = await run()
  Object.assign(window, { minimized: true, visible: false })
  app.emit('second-instance')
  deepEqual([window.minimized, window.visible, window.focused], [false, true, true])
})

test('closing the window ends the app after the server has closed', async () => {
  const { app, window, closed } = await run()
  const ended = once(app, 'quit')
  window.close()
  await ended
  deepEqual([closed(), app.exitCode], [1, 0])
})

test('on macOS the app outlives its window and opens another without signing in again', async () => {
  const { app, window, windows, opened, closed } = await run({ platform: 'darwin' })
  window.close()
  const [second] = (app.emit('activate'), await once(opened, 'window')) as [FakeWindow]
  await once(second.webContents, 'did-finish-load')
  equal(second.webContents.body, 'cookie: bty-token=signed')
  deepEqual([windows.size, app.exitCode, closed()], [1, null, 0])
})

test('quitting does not wait for ever for a server that does not close', async () => {
  const { app } = await run({
    start: async () => ({ deskUrl: `${origin}/ui`, close: () => new Promise(() => {}) }),
    closeLimitMs: 20,
  })
  const ended = once(app, 'quit')
  app.quit()
  app.quit()
  await ended
  equal(app.exitCode, 1)
})

test('a server that cannot start is said in a dialog and ends the app', async () => {
  const { electron, app, boxes, windows } = fakeElectron()
  const start = () => Promise.reject(new Error('state directory /srv/bty is held by process 4711'))
  await runDesktop(electron, { start, preload: '', icon: '' })
  deepEqual(boxes, [
    { title: 'bty console cannot start', text: 'state directory /srv/bty is held by process 4711' },
  ])
  deepEqual([app.exitCode, windows.size], [1, 0])
})

test('a first page that leads elsewhere is refused and said', async () => {
  const { electron, boxes, opened, windows } = fakeElectron()
  const start = async () => ({ deskUrl: `${origin}/out`, close: async () => {} })
  const window = once(opened, 'window')
  const shown = new Promise<void>((done) => {
    electron.dialog.showErrorBox = (title, text) => {
      boxes.push({ title, text })
      done()
    }
  })
  await runDesktop(electron, { start, preload: '', icon: '' })
  await window
  await shown
  match(boxes[0]!.text, /ERR_ABORTED/)
  equal([...windows][0]!.visible, false)
})

test('the page may open a web page through the bridge, and only the console may ask', async () => {
  const { channels, window, external } = await run()
  const call = (payload: unknown, sender: number, frame: FakeFrame | null) =>
    Promise.resolve().then(() =>
      channels.get('bty:openExternal')!({ sender: { id: sender }, senderFrame: frame }, payload),
    )
  const top = (of: string): FakeFrame => ({ origin: of, parent: null })
  const ours = window.webContents.id
  const url = 'https://example.org/help'
  deepEqual(await call({ url }, ours, top(origin)), { opened: true })
  deepEqual(await call({ url: `${origin}/ui` }, ours, top(origin)), { opened: false })
  deepEqual(await call({ url: 'https://a:b@example.org/' }, ours, top(origin)), { opened: false })

  await rejects(call({ url }, ours + 1, top(origin)), /openExternal: refused/)
  await rejects(call({ url }, ours, top('https://example.org')), /openExternal: refused/)
  await rejects(call({ url }, ours, { origin, parent: top(origin) }), /openExternal: refused/)
  await rejects(call({ url }, ours, null), /openExternal: refused/)
  for (const payload of [undefined, {}, { url: 'file:///etc/passwd' }, { url, more: 1 }, { url: 7 }])
    await rejects(call(payload, ours, top(origin)), /openExternal: /)
  deepEqual(external, [url])
})
