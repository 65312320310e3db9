import type { BrowserWindow } from 'electron'
import { setTimeout as delay } from 'node:timers/promises'
import { isConsole, serveChannels } from './ipc.ts'
import { menuTemplate } from './menu.ts'
import { judge } from './navigation.ts'
import { denyPermissions, type Electron, openWindow } from './window.ts'

/** What the shell needs of the running server. */
export interface Console {
  /** URL that signs this laptop's operator in. */
  deskUrl: string
  close(): Promise<void>
}

export interface DesktopOptions {
  /** Starts the server; called once, when this is the only instance. */
  start(): Promise<Console>
  /** Path of the bundled preload script. */
  preload: string
  /** Path of a PNG. */
  icon: string
  platform?: NodeJS.Platform
  /** How long quitting waits for the server; 10 s unless told. */
  closeLimitMs?: number
}

/**
 * The life of the desktop app: one instance, one server, one window. Quitting waits for the server up to the limit;
 * a server that cannot start is said in a dialog and ends the app with exit code 1.
 */
export async function runDesktop(electron: Electron, options: DesktopOptions): Promise<void> {
  const { app, dialog } = electron
  const { platform = process.platform, closeLimitMs = 10_000 } = options
  if (!app.requestSingleInstanceLock()) return app.quit()
  app.enableSandbox()

  let window: BrowserWindow | null = null
  app.on('second-instance', () => {
    if (window !== null) bringToFront(window)
  })
  // On macOS an app outlives its windows; elsewhere closing the window is the wish to stop.
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') app.quit()
  })

  await app.whenReady()
  let server: Console
  try {
    server = await options.start()
  } catch (error) {
    dialog.showErrorBox('bty console cannot start', error instanceof Error ? error.message : String(error))
    return app.exit(1)
  }
  quitAfter(electron, () => server.close(), closeLimitMs)

  const origin = new URL(server.deskUrl).origin
  denyPermissions(electron.session.defaultSession, origin)
  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(menuTemplate(platform)))
  serveChannels(
    electron.ipcMain,
    {
      openExternal: async ({ url }) => {
        if (judge(url, origin) !== 'browser') return { opened: false }
        await electron.shell.openExternal(url)
        return { opened: true }
      },
    },
    (event) => window !== null && isConsole(event, window.webContents.id, origin),
  )

  const show = (url: string) => {
    const opened = openWindow(electron, { origin, url, preload: options.preload, icon: options.icon })
    opened.once('closed', () => {
      if (window === opened) window = null
    })
    window = opened
    opened.loadURL(url).catch((error: Error) => {
      // A window that was closed while it loaded also ends here, and is no failure.
      if (window === opened) dialog.showErrorBox('bty console cannot show its page', error.message)
    })
  }
  // The sign-in URL works once; a later window still has its cookie.
  app.on('activate', () => {
    if (window === null) show(`${origin}/ui`)
  })
  show(server.deskUrl)
}

/** Holds the app's end back until the server is closed, or the limit is over: a hung client must not keep the app alive. */
function quitAfter({ app }: Electron, close: () => Promise<void>, limitMs: number): void {
  let closing = false
  app.on('will-quit', (event) => {
    event.preventDefault()
    if (closing) return
    closing = true
    const limit = new AbortController()
    void Promise.race([
      close().then(
        () => 0,
        () => 1,
      ),
      delay(limitMs, 1, { signal: limit.signal }),
    ]).then((code) => {
      limit.abort()
      app.exit(code)
    })
  })
}

function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
