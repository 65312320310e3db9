/**
 * A small working Electron for tests: it has the life cycle, events and window of the real one as far as the shell uses
 * them, and its windows load pages over HTTP with cookies and redirects. It draws nothing and runs no page script.
 */
import { EventEmitter } from 'node:events'
import type { Electron } from '../window.ts'

type Listener = (event: FakeIpcEvent, payload: unknown) => unknown
type PermissionRequest = (
  contents: unknown,
  permission: string,
  answer: (granted: boolean) => void,
  details: { requestingUrl: string },
) => void
type PermissionCheck = (contents: unknown, permission: string, origin: string) => boolean

export interface FakeFrame {
  origin: string
  parent: FakeFrame | null
}
export interface FakeIpcEvent {
  sender: { id: number }
  senderFrame: FakeFrame | null
}

/** An event whose default can be prevented, as Electron's. */
export class FakeEvent {
  defaultPrevented = false
  url: string
  isMainFrame: boolean
  constructor(url = '', isMainFrame = true) {
    this.url = url
    this.isMainFrame = isMainFrame
  }
  preventDefault() {
    this.defaultPrevented = true
  }
}

export class FakeApp extends EventEmitter {
  sandboxed = false
  exitCode: number | null = null
  isPackaged = false
  private readonly windows: Set<FakeWindow>
  private readonly first: boolean
  private readonly path: string
  constructor(windows: Set<FakeWindow>, first: boolean, path: string) {
    super()
    this.windows = windows
    this.first = first
    this.path = path
  }
  requestSingleInstanceLock = () => this.first
  enableSandbox = () => {
    this.sandboxed = true
  }
  whenReady = () => Promise.resolve()
  getVersion = () => '0.1.0'
  getAppPath = () => this.path
  quit = () => {
    for (const window of [...this.windows]) window.close()
    const event = new FakeEvent()
    this.emit('will-quit', event)
    if (!event.defaultPrevented) this.exit(0)
  }
  exit = (code = 0) => {
    if (this.exitCode !== null) return
    this.exitCode = code
    this.emit('quit', new FakeEvent(), code)
  }
}

export class FakeContents extends EventEmitter {
  id: number
  url = ''
  status = 0
  body = ''
  private readonly cookies: Map<string, string>
  private opener: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  constructor(id: number, cookies: Map<string, string>) {
    super()
    this.id = id
    this.cookies = cookies
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }) {
    this.opener = handler
  }
  /** As if the page called `window.open`; true when a window would open. */
  open = (url: string) => this.opener({ url }).action !== 'deny'
  /** As if the page asked for this page itself; false when the shell held it back. */
  go(
    kind: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
    url: string,
    isMainFrame = true,
  ): boolean {
    const event = new FakeEvent(url, isMainFrame)
    this.emit(kind, event, url)
    return !event.defaultPrevented
  }
  async loadURL(url: string): Promise<void> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) {
      this.status = answer.status
      this.url = url
      this.body = await answer.text()
      this.emit('did-finish-load')
      return
    }
    await answer.body?.cancel()
    const next = new URL(location, url).href
    if (!this.go('will-redirect', next)) throw new Error(`ERR_ABORTED loading '${next}'`)
    await this.loadURL(next)
  }
}

export class FakeWindow extends EventEmitter {
  options: Record<string, unknown>
  webContents: FakeContents
  visible = false
  focused = false
  minimized = false
  private readonly onclose: (window: FakeWindow) => void
  constructor(
    options: Record<string, unknown>,
    contents: FakeContents,
    onclose: (window: FakeWindow) => void,
  ) {
    super()
    this.options = options
    this.webContents = contents
    this.onclose = onclose
    contents.once('did-finish-load', () => this.emit('ready-to-show'))
  }
  loadURL = (url: string) => this.webContents.loadURL(url)
  isMinimized = () => this.minimized
  restore = () => {
    this.minimized = false
  }
  show = () => {
    this.visible = true
  }
  focus = () => {
    this.focused = true
  }
  close = () => {
    this.onclose(this)
    this.emit('closed')
  }
}

export class FakeSession {
  request: PermissionRequest = (_contents, _permission, answer) => answer(true)
  check: PermissionCheck = () => true
  device: () => boolean = () => true
  setPermissionRequestHandler = (handler: PermissionRequest) => (this.request = handler)
  setPermissionCheckHandler = (handler: PermissionCheck) => (this.check = handler)
  setDevicePermissionHandler = (handler: () => boolean) => (this.device = handler)
}

/** A fake Electron and what a test wants to look at. `first: false` is a second instance. */
export function fakeElectron({ first = true, appPath = process.cwd() } = {}) {
  const windows = new Set<FakeWindow>()
  const cookies = new Map<string, string>()
  const app = new FakeApp(windows, first, appPath)
  const session = new FakeSession()
  const channels = new Map<string, Listener>()
  const boxes: { title: string; text: string }[] = []
  const external: string[] = []
  const menus: unknown[] = []
  const opened = new EventEmitter()
  let count = 0

  class BrowserWindow extends FakeWindow {
    constructor(options: Record<string, unknown>) {
      super(options, new FakeContents(++count, cookies), (window) => {
        windows.delete(window)
        if (windows.size === 0) queueMicrotask(() => app.emit('window-all-closed'))
      })
      windows.add(this)
      queueMicrotask(() => opened.emit('window', this))
    }
  }

  const electron = {
    app,
    BrowserWindow,
    dialog: { showErrorBox: (title: string, text: string) => void boxes.push({ title, text }) },
    ipcMain: { handle: (channel: string, listener: Listener) => void channels.set(channel, listener) },
    Menu: {
      buildFromTemplate: (template: unknown) => template,
      setApplicationMenu: (menu: unknown) => void menus.push(menu),
    },
    session: { defaultSession: session },
    shell: {
      openExternal: async (url: string) => {
        external.push(url)
      },
    },
  } as unknown as Electron
  return { electron, app, session, windows, channels, boxes, external, menus, opened }
}
