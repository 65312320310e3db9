import type { MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  openFile(): void
  /** Shows a page of the console. */
  go(page: string): void
  copyDiagnostics(): void
  showLogs(): void
}

/** Pages in the order of their digits. */
const PAGES: [label: string, page: string][] = [
  ['Overview', 'dashboard'],
  ['Machines', 'machines'],
  ['Images', 'images'],
  ['Netboot', 'netboot'],
  ['Flash', 'flash'],
  ['Backups', 'backups'],
  ['Events', 'events'],
  ['Terminal', 'terminal'],
]

/** The menu: what a keyboard needs (copy, paste, zoom, quit), the pages, help; no developer tools. */
export function menuTemplate(platform: NodeJS.Platform, actions: MenuActions): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  const line: MenuItemConstructorOptions = { type: 'separator' }
  const settings: MenuItemConstructorOptions = {
    label: isMac ? 'Settings…' : 'Settings',
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.go('settings'),
  }
  const open: MenuItemConstructorOptions = {
    label: 'Open catalog or image…',
    accelerator: 'CmdOrCtrl+O',
    click: () => actions.openFile(),
  }
  const pages = PAGES.map(([label, page], n): MenuItemConstructorOptions => ({
    label,
    accelerator: `CmdOrCtrl+${n + 1}`,
    click: () => actions.go(page),
  }))
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      ...pages,
      line,
      { role: 'reload' },
      line,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      line,
      { role: 'togglefullscreen' },
    ],
  }
  const help: MenuItemConstructorOptions = {
    role: 'help',
    submenu: [
      { label: 'Copy diagnostics', click: () => actions.copyDiagnostics() },
      { label: 'Show log files', click: () => actions.showLogs() },
    ],
  }
  const edit: MenuItemConstructorOptions = { role: 'editMenu' }
  if (!isMac)
    return [
      { label: 'File', submenu: [open, settings, line, { role: 'close' }, { role: 'quit' }] },
      edit,
      view,
      help,
    ]
  const app: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      line,
      settings,
      line,
      { role: 'services' },
      line,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      line,
      { role: 'quit' },
    ],
  }
  const file: MenuItemConstructorOptions = { label: 'File', submenu: [open, line, { role: 'close' }] }
  return [app, file, edit, view, { role: 'windowMenu' }, help]
}
