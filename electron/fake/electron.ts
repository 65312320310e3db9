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
  private readonly userData: string
  constructor(windows: Set<FakeWindow>, first: boolean, path: string, userData: string) {
    super()
    this.userData = userData
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
  getPath = (_name: string) => this.userData
  setAsDefaultProtocolClient = () => true
  quit = () => {
    const before = new FakeEvent()
    this.emit('before-quit', before)
    if (before.defaultPrevented) return
    for (const window of [...this.windows]) if (!window.close()) return
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
  readonly sent: { channel: string; message: unknown }[] = []
  send = (channel: string, message: unknown) => {
    this.sent.push({ channel, message })
    this.emit('sent', message)
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
  maximized = false
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
  hide = () => {
    this.visible = false
  }
  maximize = () => {
    this.maximized = true
  }
  isMaximized = () => this.maximized
  getNormalBounds = () => {
    const { x = 0, y = 0, width, height } = this.options as Record<'x' | 'y' | 'width' | 'height', number>
    return { x, y, width, height }
  }
  /** False when the shell held it back. */
  close = (): boolean => {
    const event = new FakeEvent()
    this.emit('close', event)
    if (event.defaultPrevented) return false
    this.onclose(this)
    this.emit('closed')
    return true
  }
}

export class FakeSession extends EventEmitter {
  cookies: { get: () => Promise<{ name: string; value: string }[]> }
  constructor(cookies: Map<string, string>) {
    super()
    this.cookies = { get: async () => [...cookies].map(([name, value]) => ({ name, value })) }
  }
  request: PermissionRequest = (_contents, _permission, answer) => answer(true)
  check: PermissionCheck = () => true
  device: () => boolean = () => true
  setPermissionRequestHandler = (handler: PermissionRequest) => (this.request = handler)
  setPermissionCheckHandler = (handler: PermissionCheck) => (this.check = handler)
  setDevicePermissionHandler = (handler: () => boolean) => (this.device = handler)
}

export class FakeTray extends EventEmitter {
  tip = ''
  menu: FakeMenuItem[] = []
  destroyed = false
  setToolTip = (text: string) => {
    this.tip = text
  }
  setContextMenu = (menu: FakeMenuItem[]) => {
    this.menu = menu
  }
  destroy = () => {
    this.destroyed = true
  }
}

export interface FakeMenuItem {
  label?: string
  click?: () => void
  submenu?: FakeMenuItem[]
}
export interface FakeBox {
  message: string
  detail: string
  buttons: string[]
}
/** What the operator answers: the label of a button, and whether for good. */
export type FakeAnswer = (box: FakeBox) => { button: string; always?: boolean }

export interface FakeOptions {
  /** False is a second instance. */
  first?: boolean
  appPath?: string
  /** A folder that is remembered; one that cannot be made when absent. */
  userData?: string
  answer?: FakeAnswer
  displays?: { x: number; y: number; width: number; height: number }[]
  /** The file that the operator picks. */
  picks?: string
}

const takesFirst: FakeAnswer = ({ buttons }) => ({ button: buttons[0]! })

/** A fake Electron and what a test wants to look at. */
export function fakeElectron(options: FakeOptions = {}) {
  const { first = true, appPath = process.cwd(), userData = '/dev/null/none', answer = takesFirst } = options
  const displays = (options.displays ?? [{ x: 0, y: 0, width: 1920, height: 1080 }]).map((workArea) => ({
    workArea,
  }))
  const windows = new Set<FakeWindow>()
  const cookies = new Map<string, string>()
  const app = new FakeApp(windows, first, appPath, userData)
  const session = new FakeSession(cookies)
  const channels = new Map<string, Listener>()
  const boxes: { title: string; text: string }[] = []
  const questions: FakeBox[] = []
  const external: string[] = []
  const opened = new EventEmitter()
  const power = new EventEmitter()
  const blocking = new Set<number>()
  const seen = { menu: [] as FakeMenuItem[], trays: [] as FakeTray[], clipboard: '', folders: [] as string[] }
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
  class Tray extends FakeTray {
    constructor() {
      super()
      seen.trays.push(this)
    }
  }
  async function showMessageBox(...given: (FakeBox | BrowserWindow)[]) {
    const box = given.at(-1) as FakeBox
    questions.push(box)
    const { button, always = false } = answer(box)
    opened.emit('question', box)
    return { response: box.buttons.indexOf(button), checkboxChecked: always }
  }

  const electron = {
    app,
    BrowserWindow,
    Tray,
    clipboard: { writeText: (text: string) => void (seen.clipboard = text) },
    dialog: {
      showErrorBox: (title: string, text: string) => void boxes.push({ title, text }),
      showMessageBox,
      showOpenDialog: async () => ({ filePaths: options.picks === undefined ? [] : [options.picks] }),
    },
    ipcMain: { handle: (channel: string, listener: Listener) => void channels.set(channel, listener) },
    Menu: {
      buildFromTemplate: (template: unknown) => template,
      setApplicationMenu: (menu: FakeMenuItem[]) => void (seen.menu = menu),
    },
    nativeImage: { createFromPath: () => ({ resize: () => ({}) }) },
    powerMonitor: power,
    powerSaveBlocker: {
      start: () => (blocking.add(1), 1),
      stop: (id: number) => blocking.delete(id),
    },
    screen: { getAllDisplays: () => displays, getPrimaryDisplay: () => displays[0] },
    session: { defaultSession: session },
    shell: {
      openExternal: async (url: string) => {
        external.push(url)
      },
      openPath: async (path: string) => (seen.folders.push(path), ''),
    },
  } as unknown as Electron
  return {
    electron,
    app,
    session,
    windows,
    channels,
    boxes,
    questions,
    external,
    opened,
    power,
    blocking,
    seen,
  }
}

/** The item of a menu with this label, wherever it stands. */
export function itemOf(menu: readonly FakeMenuItem[], label: string): FakeMenuItem | undefined {
  return menu.flatMap((item) => [item, ...(item.submenu ?? [])]).find((item) => item.label === label)
}
