/** The desktop app: the real Electron, the real server, joined. */
import '../server/young-space.js'
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  powerMonitor,
  powerSaveBlocker,
  screen,
  session,
  shell,
  Tray,
} from 'electron'
import { statSync } from 'node:fs'
import { homedir, release } from 'node:os'
import { join } from 'node:path'
import { loadRestored } from '../server/backup/load-restored.ts'
import { readFlags } from '../server/config/flags.ts'
import { KEYS, type Key } from '../server/config/keys.ts'
import { loadOptional, OPTIONAL_PACKAGES } from '../server/desk/optional.ts'
import { runHeadless } from '../server/headless.ts'
import { type RunningServer, startServer } from '../server/start.ts'
import { stderrLog } from '../server/stderr-log.ts'
import { serverFlags } from './arguments.ts'
import { type Console, runDesktop } from './desktop.ts'
import { diagnostics } from './diagnostics.ts'
import { outliveFaults } from './faults.ts'
import { desktopHelper, desktopPrograms } from './helper.ts'
import { netbootStatus } from './tray.ts'
import { openLogFiles } from './log-files.ts'

const LOG_CHARS = 40_000

const logs = join(app.getPath('userData'), 'logs')
const files = openLogFiles(logs)
const log = stderrLog((line) => {
  files.write(line)
  process.stderr.write(line)
})
// Packages hold these folders beside the archive, under the names that they have in the repository.
const base = app.isPackaged ? process.resourcesPath : app.getAppPath()
let running: RunningServer | null = null

async function start(): Promise<Console> {
  for (const name of OPTIONAL_PACKAGES) await loadOptional(name, log.info)
  const server = await startServer({
    config: loadRestored(readFlags(serverFlags(process.argv)), Date.now).config,
    log,
    portTaken: 'next',
    helper: (mode) => desktopHelper(base, mode),
    terminals: { programs: desktopPrograms(base) },
    dirs: {
      console: join(base, 'dist', 'console'),
      ipxe: join(base, 'dist', 'ipxe'),
      builtMedia: join(base, 'dist', 'media'),
    },
  })
  running = server
  process.stdout.write(`listening on ${server.urls.join('\n             ')}\n`)
  log.info(`bty console ${app.getVersion()} listens on ${server.urls.join(' ')}`)
  return {
    deskUrl: server.deskUrl,
    newDeskUrl: () => server.newDeskUrl(),
    inside: server.inside,
    announce: () => server.deps.netboot.look(),
    status() {
      const netboot = netbootStatus(server.deps.netboot.state())
      return { urls: server.urls, netboot, work: server.work() }
    },
    async close() {
      await server.close()
      log.info('bty console has ended')
    },
  }
}

/** Values that must not be read by whoever gets the diagnostics. */
function secrets(): string[] {
  const values = running?.config.current().values
  if (values === undefined) return []
  return (Object.keys(KEYS) as Key[])
    .filter((key) => 'secret' in KEYS[key] && KEYS[key].secret)
    .map((key) => String(values[key]))
}

async function desktop(): Promise<void> {
  if (app.isPackaged) app.setAsDefaultProtocolClient('bty')
  outliveFaults(process, log, () => app.exit(1))
  await runDesktop(
    {
      app,
      BrowserWindow,
      clipboard,
      dialog,
      ipcMain,
      Menu,
      nativeImage,
      powerMonitor,
      powerSaveBlocker,
      screen,
      session,
      shell,
      Tray,
    },
    {
      start,
      diagnostics: (status) =>
        diagnostics(
          {
            version: app.getVersion(),
            about: {
              electron: process.versions['electron'] ?? 'none',
              chromium: process.versions['chrome'] ?? 'none',
              node: process.versions.node,
              system: `${process.platform} ${release()} ${process.arch}`,
            },
            status,
            log: files.tail(LOG_CHARS),
          },
          secrets(),
          homedir(),
        ),
      logs,
      argv: process.argv,
      isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
      preload: join(import.meta.dirname, 'preload.cjs'),
      icon: join(base, app.isPackaged ? 'icon.png' : 'build/resources/icon.png'),
    },
  )
}

// Not awaited: Electron becomes ready only after this module has been evaluated.
if (process.argv.includes('--headless'))
  void runHeadless(serverFlags(process.argv), {
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (message) => process.stderr.write(`${String(message)}\n`),
  })
else
  desktop().catch((error: Error) => {
    log.error(error.stack ?? error.message)
    dialog.showErrorBox('bty console', error.message)
    app.exit(1)
  })
