import type { MenuItemConstructorOptions } from 'electron'

/** The menu: what a keyboard needs (copy, paste, zoom, quit) and no developer tools. */
export function menuTemplate(platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const edit: MenuItemConstructorOptions = { role: 'editMenu' }
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { role: 'reload' },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
    ],
  }
  if (platform === 'darwin') return [{ role: 'appMenu' }, edit, view, { role: 'windowMenu' }]
  return [{ label: 'File', submenu: [{ role: 'quit' }] }, edit, view]
}
