import type { BrowserWindow } from 'electron'
import { join } from 'node:path'
import type { InnerDoor } from '../server/http/inner.ts'
import { askedPage, type Looks, pageOfArguments } from './asked-page.ts'
import { STREAM } from './bridge.ts'
import { crashCount } from './crashes.ts'
import { deskCalls } from './desk-calls.ts'
import { askWhereToSave } from './downloads.ts'
import { endWith } from './end.ts'
import { type Handlers, isConsole, serveChannels } from './ipc.ts'
import { menuTemplate } from './menu.ts'
import { judge } from './navigation.ts'
import { openPreferences } from './preferences.ts'
import type { Status } from './tray.ts'
import { startWatch } from './watch.ts'
import { denyPermissions, type Electron, openWindow } from './window.ts'

/** What the shell needs of the running server. */
export interface Console {
  /** URL that signs this laptop's operator in. */
  deskUrl: string
  /** Another such URL: the first has been used. */
  newDeskUrl(): string
  status(): Status
  /** The network may have changed. */
  announce(): void
  /** The server's routes, without the network. */
  inside: InnerDoor
  close(): Promise<void>
}

export interface DesktopOptions {
  /** Starts the server; called once, when this is the only instance. */
  start(): Promise<Console>
  /** Text for a bug report. `status` is null while no server runs. */
  diagnostics(status: Status | null): string
  /** Folder of the log files. */
  logs: string
  /** Path of the bundled preload script. */
  preload: string
  /** Path of a PNG. */
  icon: string
  platform?: NodeJS.Platform
  argv?: readonly string[]
  isFile?: Looks['isFile']
  /** How long quitting waits for the server; 10 s unless told. */
  closeLimitMs?: number
  watchEveryMs?: number
  /** Milliseconds since the epoch. */
  now?: () => number
}

/** Crashes of the window that are borne in a minute. */
const CRASHES = 3

/**
 * The life of the desktop app: one instance, one server, one window that may go and come back while the server runs on.
 * Quitting waits for the server up to the limit; a server that cannot start is said in a dialog and ends the app with exit code 1.
 */
export async function runDesktop(electron: Electron, options: DesktopOptions): Promise<void> {
  const { app, dialog, clipboard, shell } = electron
  const { platform = process.platform, closeLimitMs = 10_000, now = Date.now } = options
  const isFile = options.isFile ?? (() => false)
  if (!app.requestSingleInstanceLock()) return app.quit()
  app.enableSandbox()

  let window: BrowserWindow | null = null
  let server: Console | null = null
  let wanted = pageOfArguments(options.argv ?? [], { cwd: process.cwd(), isFile })

  /** Brings the window to the front, on `page` when one was asked for. */
  function show(page: string | null = null): void {
    if (server === null) {
      wanted = page ?? wanted // the window opens on it
      return
    }
    const { origin } = new URL(server.deskUrl)
    if (window === null) return openOn(`${origin}${page ?? '/ui'}`)
    if (page !== null) load(window, `${origin}${page}`)
    bringToFront(window)
  }

  app.on('second-instance', (_event, argv, cwd) => show(pageOfArguments(argv, { cwd, isFile })))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    show(askedPage(url, { cwd: '/', isFile }))
  })
  app.on('open-file', (event, path) => {
    event.preventDefault()
    show(askedPage(path, { cwd: '/', isFile }))
  })
  app.on('activate', () => show())
  // The server outlives its windows: only quitting ends it.
  app.on('window-all-closed', () => undefined)

  await app.whenReady()
  try {
    server = await options.start()
  } catch (error) {
    dialog.showErrorBox('bty console cannot start', error instanceof Error ? error.message : String(error))
    return app.exit(1)
  }
  const running = server
  const { origin } = new URL(running.deskUrl)
  const preferences = openPreferences(join(app.getPath('userData'), 'shell.json'))
  const crashes = crashCount(CRASHES, 60_000)

  const watch = startWatch(electron, {
    status: () => running.status(),
    actions: {
      show: (page) => show(page),
      copy: (text) => void clipboard.writeText(text),
      quit: () => app.quit(),
    },
    icon: options.icon,
    platform,
    ...(options.watchEveryMs !== undefined && { everyMs: options.watchEveryMs }),
  })
  const end = endWith(electron, {
    work: () => running.status().work,
    preferences,
    window: () => window,
    limitMs: closeLimitMs,
    close() {
      watch.close()
      return running.close()
    },
  })
  electron.powerMonitor.on('resume', () => running.announce())
  denyPermissions(electron.session.defaultSession, origin)
  askWhereToSave(electron, electron.session.defaultSession, origin, preferences)
  const copyDiagnostics = () => clipboard.writeText(options.diagnostics(running.status()))
  electron.Menu.setApplicationMenu(
    electron.Menu.buildFromTemplate(
      menuTemplate(platform, {
        openFile: () => void chooseFile(),
        go: (page) => show(`/ui/${page}`),
        copyDiagnostics,
        showLogs: () => void shell.openPath(options.logs),
      }),
    ),
  )

  const calls = deskCalls({
    inside: running.inside,
    cookie: () => cookieOf(electron, origin),
    send: (chunk) => window?.webContents.send(STREAM, chunk),
  })
  const handlers: Handlers = {
    desk: (wish) => calls.desk(wish),
    openStream: (wish) => calls.openStream(wish),
    closeStream: (wish) => calls.closeStream(wish),
    openExternal: async ({ url }) => {
      if (judge(url, origin) !== 'browser') return { opened: false }
      await shell.openExternal(url)
      return { opened: true }
    },
    copyDiagnostics: async () => {
      copyDiagnostics()
      return { copied: true }
    },
    chooseFile: async ({ kind }) => ({ path: await pick(kind) }),
    online: async () => {
      running.announce()
      return {}
    },
  }
  serveChannels(
    electron.ipcMain,
    handlers,
    (event) => window !== null && isConsole(event, window.webContents.id, origin),
  )

  async function pick(kind: 'image' | 'catalog' | 'any'): Promise<string | null> {
    const filters = kind === 'any' ? [] : [FILTERS[kind]]
    const box = { properties: ['openFile' as const], filters: [...filters, FILTERS.any] }
    const { filePaths } = await (window === null
      ? dialog.showOpenDialog(box)
      : dialog.showOpenDialog(window, box))
    return filePaths[0] ?? null
  }

  async function chooseFile(): Promise<void> {
    const path = await pick('any')
    const page = path === null ? null : askedPage(path, { cwd: '/', isFile })
    if (page !== null) show(page)
    else if (path !== null)
      dialog.showErrorBox('This file is not opened', `${path} is neither a catalog (.toml) nor a disk image.`)
  }

  function load(opened: BrowserWindow, url: string): void {
    opened.loadURL(url).catch((error: Error) => {
      // A window that was closed while it loaded also ends here, and is no failure.
      if (window === opened) dialog.showErrorBox('bty console cannot show its page', error.message)
    })
  }

  function openOn(url: string): void {
    const page = { origin, url, preload: options.preload, icon: options.icon }
    const opened = openWindow(electron, page, preferences)
    opened.on('close', (event) => end.onWindowClose(event))
    opened.once('closed', () => {
      calls.close()
      if (window === opened) window = null
    })
    // The page asks before it leaves a running terminal; here the question of quitting stands in its place.
    opened.webContents.on('will-prevent-unload', (event) => event.preventDefault())
    opened.webContents.on('render-process-gone', (_event, { reason }) => {
      if (end.quitting || reason === 'clean-exit') return
      void recover(opened, reason)
    })
    window = opened
    load(opened, url)
  }

  /** The page crashed; the server knows nothing of it. */
  async function recover(crashed: BrowserWindow, reason: string): Promise<void> {
    const why = `Its page ended unexpectedly (${reason}).`
    if (crashes.again(now())) {
      load(crashed, `${origin}/ui`)
      await dialog.showMessageBox(crashed, {
        type: 'warning',
        message: 'The window was loaded again',
        detail: `${why} The server ran on: machines and flashes were not touched.`,
        buttons: ['OK'],
      })
      return
    }
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: 'The window keeps crashing',
      detail: `${why} The server runs on. The console can be used in a browser instead.`,
      buttons: ['Open in the browser', 'Try again'],
      defaultId: 0,
    })
    if (response === 0) await shell.openExternal(running.newDeskUrl())
    else load(crashed, `${origin}/ui`)
  }

  openOn(running.deskUrl)
  if (wanted !== null && window !== null) followSignIn(window, () => show(wanted))
}

const FILTERS = {
  image: { name: 'Disk images', extensions: ['img', 'raw', 'iso', 'qcow2', 'gz', 'xz', 'zst', 'bz2'] },
  catalog: { name: 'Catalogs', extensions: ['toml'] },
  any: { name: 'All files', extensions: ['*'] },
}

/** The one-time link comes first; what else was asked for, once it has signed the window in. */
function followSignIn(window: BrowserWindow, then: () => void): void {
  window.webContents.once('did-finish-load', then)
}

function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** The window's session, as its own requests carry it. */
async function cookieOf({ session }: Electron, origin: string): Promise<string> {
  const cookies = await session.defaultSession.cookies.get({ url: origin })
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}
