/** The desktop app: the real Electron, the real server, joined. */
import { app, BrowserWindow, dialog, ipcMain, Menu, session, shell } from 'electron'
import { join } from 'node:path'
import { loadRestored } from '../server/backup/load-restored.ts'
import { readFlags } from '../server/config/flags.ts'
import { startServer } from '../server/start.ts'
import { stderrLog } from '../server/stderr-log.ts'
import { serverFlags } from './arguments.ts'
import { runDesktop } from './desktop.ts'
import { desktopHelper } from './helper.ts'
import { loadOptional, OPTIONAL_PACKAGES } from '../server/desk/optional.ts'

const log = stderrLog()
// Packages hold these folders beside the archive, under the names that they have in the repository.
const base = app.isPackaged ? process.resourcesPath : app.getAppPath()

async function start() {
  for (const name of OPTIONAL_PACKAGES) await loadOptional(name, log.info)
  const server = await startServer({
    config: loadRestored(readFlags(serverFlags(process.argv)), Date.now).config,
    log,
    portTaken: 'next',
    helper: desktopHelper(base),
    dirs: {
      console: join(base, 'dist', 'console'),
      ipxe: join(base, 'dist', 'ipxe'),
      builtMedia: join(base, 'dist', 'media'),
    },
  })
  process.stdout.write(`listening on ${server.urls.join('\n             ')}\n`)
  return server
}

// Not awaited: Electron becomes ready only after this module has been evaluated.
runDesktop(
  { app, BrowserWindow, dialog, ipcMain, Menu, session, shell },
  {
    start,
    preload: join(import.meta.dirname, 'preload.cjs'),
    icon: join(base, app.isPackaged ? 'icon.png' : 'build/resources/icon.png'),
  },
).catch((error: Error) => {
  dialog.showErrorBox('bty console', error.message)
  app.exit(1)
})
