import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Work } from '../server/work.ts'
import { tempDir } from '../tests/harness/temp.ts'
import { type Console, type DesktopOptions, runDesktop } from './desktop.ts'
import {
  type FakeApp,
  type FakeFrame,
  type FakeOptions,
  type FakeWindow,
  fakeElectron,
  itemOf,
} from './fake/electron.ts'

/** To be ended, with their timers. */
const apps: FakeApp[] = []
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
after(() => {
  for (const app of apps) if (app.exitCode === null) app.emit('will-quit', { preventDefault() {} })
  site.close()
})

const IDLE: Work = { flashes: [], machines: 0 }
const BUSY: Work = { flashes: [{ image: 'debian.img.zst', drives: 2, percent: 42 }], machines: 1 }
const none = { inside: { ask: () => Promise.reject(new Error('no server')), close() {} } }
const REST = {
  diagnostics: () => 'report',
  logs: '/logs',
  preload: '/app/preload.cjs',
  icon: '/app/icon.png',
}

/** A server that stands still: what it tells can be set. */
function standing(more: Partial<Console> = {}) {
  const server = { work: IDLE, closed: 0, announced: 0 }
  const started: Console = {
    ...none,
    deskUrl: `${origin}/ui?token=once`,
    newDeskUrl: () => `${origin}/ui?token=again`,
    announce: () => void server.announced++,
    status: () => ({ urls: [`${origin}/`], netboot: { state: 'on', detail: '' }, work: server.work }),
    close: async () => void server.closed++,
    ...more,
  }
  return { server, start: async () => started }
}

interface Running extends Partial<DesktopOptions> {
  fake?: FakeOptions
  server?: Partial<Console>
}

/** Runs the shell on a fake Electron up to its first painted window. */
async function run({ fake: world, server: parts, ...options }: Running = {}) {
  const fake = fakeElectron(world)
  const { server, start } = standing(parts)
  const painted = once(fake.opened, 'window').then(async ([window]) => {
    await once((window as FakeWindow).webContents, 'did-finish-load')
    return window as FakeWindow
  })
  await runDesktop(fake.electron, {
    start,
    ...REST,
    platform: 'linux',
    watchEveryMs: 10,
    ...options,
  })
  const window = await painted
  apps.push(fake.app)
  return { ...fake, window, server }
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
  await runDesktop(electron, { ...REST, start })
  deepEqual([started, app.exitCode, windows.size], [false, 0, 0])
})

test('the first instance comes to the front when a second one is started', async () => {
  const { app, window } = await run()
  Object.assign(window, { minimized: true, visible: false })
  app.emit('second-instance', {}, ['bty-console'], '/')
  deepEqual([window.minimized, window.visible, window.focused], [false, true, true])
})

test('closing the window asks once, keeps serving when told so for good, and comes back signed in', async (t) => {
  const userData = tempDir(t)
  const answer = () => ({ button: 'Keep serving', always: true })
  const { app, window, windows, server, questions } = await run({ fake: { userData, answer } })
  const hidden = once(window, 'hide')
  window.hide = () => {
    window.visible = false
    window.emit('hide')
  }
  equal(window.close(), false)
  await hidden
  equal(window.close(), false)
  deepEqual([questions.length, windows.size, window.visible, server.closed], [1, 1, false, 0])
  app.emit('activate')
  equal(window.visible, true)
  app.quit()
  await once(app, 'quit')

  const next = await run({ fake: { userData } })
  next.window.close()
  deepEqual([next.questions.length, next.window.visible], [0, false])
})

const closings: [button: string, exits: number | null, windows: number][] = [
  ['Quit', 0, 0],
  ['Cancel', null, 1],
]
for (const [button, code, left] of closings)
  test(`closing the window, answered with ${button}`, async () => {
    const { app, window, windows, opened, server } = await run({ fake: { answer: () => ({ button }) } })
    const ended = code === null ? once(opened, 'question') : once(app, 'quit')
    window.close()
    await ended
    deepEqual(
      [app.exitCode, windows.size, window.visible, server.closed],
      [code, left, true, code === null ? 0 : 1],
    )
  })

test('quitting asks while work runs, and the work goes on when told so', async () => {
  let button = 'Keep running'
  const { app, server, questions } = await run({ fake: { answer: () => ({ button }) } })
  server.work = BUSY
  app.quit()
  app.quit()
  await new Promise((done) => setImmediate(done))
  deepEqual([questions.length, app.exitCode, server.closed], [1, null, 0])
  match(questions[0]!.detail, /2 drives are being flashed and 1 machine/)

  button = 'Quit anyway'
  const ended = once(app, 'quit')
  app.quit()
  await ended
  deepEqual([server.closed, app.exitCode], [1, 0])
})

test('the machine is kept awake while work runs, and the tray tells of it', async () => {
  const { app, server, blocking, seen, power } = await run()
  const tray = seen.trays[0]!
  equal(blocking.size, 0)
  server.work = BUSY
  while (blocking.size === 0) await setTimeout(5)
  match(tray.tip, /2 drives are being flashed/)
  ok(itemOf(tray.menu, 'debian.img.zst: 42 %'))
  itemOf(tray.menu, `Copy ${origin}/`)!.click!()
  equal(seen.clipboard, `${origin}/`)
  server.work = IDLE
  while (blocking.size > 0) await setTimeout(5)
  power.emit('resume')
  equal(server.announced, 1)
  app.quit()
  await once(app, 'quit')
  equal(tray.destroyed, true)
})

test('the window comes back where it stood', async (t) => {
  const userData = tempDir(t)
  const displays = [{ x: 0, y: 0, width: 3000, height: 2000 }]
  writeFileSync(
    join(userData, 'shell.json'),
    '{"bounds":{"x":70,"y":80,"width":900,"height":700},"maximized":true,"onClose":"what?"}',
  )
  const { window, app } = await run({ fake: { userData, displays } })
  const { x, y, width, height } = window.options as Record<string, number>
  deepEqual([x, y, width, height, window.maximized], [70, 80, 900, 700, true])
  app.quit()
  await once(app, 'quit')
  const kept = JSON.parse(readFileSync(join(userData, 'shell.json'), 'utf8')) as {
    bounds: object
    onClose: string
  }
  deepEqual([kept.bounds, kept.onClose], [{ x: 70, y: 80, width: 900, height: 700 }, 'ask'])
})

test('a crashed page is loaded again and the server knows nothing of it; one that keeps crashing goes to the browser', async () => {
  const { app, window, opened, questions, external, server } = await run({ now: () => 0 })
  const crash = () => window.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
  for (let n = 1; n <= 3; n++) {
    const again = once(window.webContents, 'did-finish-load')
    crash()
    await again
    equal(window.webContents.body, 'cookie: bty-token=signed')
    equal(questions.length, n)
  }
  crash()
  if (questions.length < 4) await once(opened, 'question')
  while (external.length === 0) await setTimeout(5)
  deepEqual(external, [`${origin}/ui?token=again`])
  deepEqual([server.closed, app.exitCode], [0, null])
})

test('links and files open their page in the one window', async () => {
  const isFile = (path: string) => path === '/srv/catalog.toml'
  const argv = ['bty-console', 'bty://netboot']
  const { app, window, windows, boxes, seen } = await run({ isFile, argv, fake: { picks: '/srv/a.txt' } })
  const page = window.webContents
  if (page.url !== `${origin}/ui/netboot`) await once(page, 'did-finish-load')
  equal(page.url, `${origin}/ui/netboot`)
  const asked: [how: () => unknown, url: string][] = [
    [
      () => app.emit('second-instance', {}, ['bty-console', 'catalog.toml'], '/srv'),
      '/ui/images?import=%2Fsrv%2Fcatalog.toml',
    ],
    [() => app.emit('open-url', { preventDefault() {} }, 'bty://flash'), '/ui/flash'],
    [
      () => app.emit('open-file', { preventDefault() {} }, '/srv/catalog.toml'),
      '/ui/images?import=%2Fsrv%2Fcatalog.toml',
    ],
    [() => itemOf(seen.menu, 'Events')!.click!(), '/ui/events'],
  ]
  for (const [how, url] of asked) {
    const loaded = once(page, 'did-finish-load')
    how()
    await loaded
    equal(page.url, origin + url)
  }
  app.emit('open-url', { preventDefault() {} }, 'bty://open?token=x')
  itemOf(seen.menu, 'Open catalog or image…')!.click!()
  while (boxes.length === 0) await setTimeout(5)
  match(boxes[0]!.text, /a\.txt is neither/)
  equal(page.url, `${origin}/ui/events`)
  equal(windows.size, 1)
})

test('diagnostics go to the clipboard from the menu and from the page', async () => {
  const { channels, window, seen } = await run({
    diagnostics: (status) => `netboot ${status?.netboot.state}`,
  })
  itemOf(seen.menu, 'Copy diagnostics')!.click!()
  equal(seen.clipboard, 'netboot on')
  seen.clipboard = ''
  const event = { sender: { id: window.webContents.id }, senderFrame: { origin, parent: null } }
  deepEqual(await channels.get('bty:copyDiagnostics')!(event, {}), { copied: true })
  equal(seen.clipboard, 'netboot on')
})

test('every call of the bridge checks its sender and its payload', async () => {
  const { channels, window } = await run()
  const stranger = {
    sender: { id: window.webContents.id },
    senderFrame: { origin: 'https://example.org', parent: null },
  }
  const ours = { ...stranger, senderFrame: { origin, parent: null } }
  ok(channels.size >= 7)
  for (const [channel, listener] of channels) {
    const call = (event: typeof ours, payload: unknown) =>
      Promise.resolve().then(() => listener(event, payload))
    await rejects(call(stranger, {}), /refused, the caller is not the console/, channel)
    for (const payload of [undefined, null, 'x', { __proto__: null, unknown: 1 }])
      await rejects(call(ours, payload), new RegExp(`${channel.slice(4)}: `), channel)
  }
})

test('quitting does not wait for ever for a server that does not close', async () => {
  const { app } = await run({
    server: { close: () => new Promise(() => {}) },
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
  await runDesktop(electron, { ...REST, start })
  deepEqual(boxes, [
    { title: 'bty console cannot start', text: 'state directory /srv/bty is held by process 4711' },
  ])
  deepEqual([app.exitCode, windows.size], [1, 0])
})

test('a first page that leads elsewhere is refused and said', async () => {
  const { electron, boxes, opened, windows } = fakeElectron()
  const { start } = standing({ deskUrl: `${origin}/out` })
  const window = once(opened, 'window')
  const shown = new Promise<void>((done) => {
    electron.dialog.showErrorBox = (title, text) => {
      boxes.push({ title, text })
      done()
    }
  })
  await runDesktop(electron, { ...REST, start })
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
