import type {
  App,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  Clipboard,
  Dialog,
  IpcMain,
  Menu,
  MenuItemConstructorOptions,
  NativeImage,
  PowerMonitor,
  PowerSaveBlocker,
  Screen,
  Session,
  Shell,
  Tray,
  WebContents,
} from 'electron'
import { VERSION_ARGUMENT } from './bridge.ts'
import { judge } from './navigation.ts'
import { LEAST, placeWindow } from './placement.ts'
import type { PreferenceFile, Preferences } from './preferences.ts'

/** The parts of Electron that the shell uses. Passed in, so that a test can bring its own. */
export interface Electron {
  app: App
  BrowserWindow: new (options: BrowserWindowConstructorOptions) => BrowserWindow
  Tray: new (image: NativeImage) => Tray
  clipboard: Pick<Clipboard, 'writeText'>
  dialog: Pick<Dialog, 'showErrorBox' | 'showMessageBox' | 'showOpenDialog' | 'showSaveDialog'>
  ipcMain: Pick<IpcMain, 'handle'>
  Menu: {
    buildFromTemplate(template: MenuItemConstructorOptions[]): Menu
    setApplicationMenu(menu: Menu | null): void
  }
  nativeImage: { createFromPath(path: string): NativeImage }
  powerMonitor: Pick<PowerMonitor, 'on'>
  powerSaveBlocker: Pick<PowerSaveBlocker, 'start' | 'stop'>
  screen: Pick<Screen, 'getAllDisplays' | 'getPrimaryDisplay'>
  session: { defaultSession: Session }
  shell: Pick<Shell, 'openExternal' | 'openPath'>
}

export interface Page {
  /** The console's origin, for example `http://127.0.0.1:8080`. */
  origin: string
  /** First page, usually the one that signs in. */
  url: string
  /** Path of the bundled preload script. */
  preload: string
  /** Path of a PNG. */
  icon: string
}

/** Opens the console's window: sandboxed, isolated, locked to the console's origin. Shown when painted, where it last was. */
export function openWindow(electron: Electron, page: Page, preferences: PreferenceFile): BrowserWindow {
  const { screen } = electron
  const areas = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea)
  const window = new electron.BrowserWindow({
    ...windowOptions(page, electron.app.getVersion()),
    ...placeWindow(preferences.current.bounds, areas),
  })
  window.once('ready-to-show', () => {
    if (preferences.current.maximized) window.maximize()
    window.show()
  })
  window.on('close', () => preferences.change(placeOf(window)))
  lockNavigation(electron, window.webContents, page.origin)
  return window
}

const placeOf = (window: BrowserWindow): Pick<Preferences, 'bounds' | 'maximized'> => ({
  bounds: window.getNormalBounds(),
  maximized: window.isMaximized(),
})

export function windowOptions(
  page: Pick<Page, 'preload' | 'icon'>,
  version: string,
): BrowserWindowConstructorOptions {
  return {
    minWidth: LEAST.width,
    minHeight: LEAST.height,
    show: false,
    title: 'bty console',
    icon: page.icon,
    webPreferences: {
      preload: page.preload,
      additionalArguments: [`${VERSION_ARGUMENT}${version}`],
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
    },
  }
}

/** Web pages open in the browser, the console stays here, anything else goes nowhere. */
function lockNavigation(electron: Electron, contents: WebContents, origin: string): void {
  const toBrowser = (url: string) => {
    if (judge(url, origin) === 'browser') void electron.shell.openExternal(url).catch(() => {})
  }
  contents.on('will-navigate', (event) => {
    if (judge(event.url, origin) === 'stay') return
    event.preventDefault()
    toBrowser(event.url)
  })
  // Frames and redirects are not the operator's wish: never worth a browser tab.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame && judge(event.url, origin) !== 'stay') event.preventDefault()
  })
  contents.on('will-redirect', (event) => {
    if (judge(event.url, origin) !== 'stay') event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (judge(url, origin) === 'stay') void contents.loadURL(url).catch(() => {})
    else toBrowser(url)
    return { action: 'deny' }
  })
}

/** Refuses every permission and device but one: the console's own copy buttons may write text to the clipboard. */
export function denyPermissions(session: Session, origin: string): void {
  const allowed = (permission: string, from: string) =>
    permission === 'clipboard-sanitized-write' && judge(from, origin) === 'stay'
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowed(permission, details.requestingUrl)),
  )
  session.setPermissionCheckHandler((_contents, permission, from) => allowed(permission, from))
  session.setDevicePermissionHandler(() => false)
}
