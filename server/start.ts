/** Builds the whole server. The one file of this room that knows every part. */
import { createServer } from 'node:http'
import { join } from 'node:path'
import { recoverBootFolder } from './artifacts/move-in.ts'
import { createReleases, type Releases, type ReleaseTiming } from './artifacts/releases.ts'
import { carriedFiles } from './backup/carried-files.ts'
import { applyPending } from './backup/pending.ts'
import { sweepStaging } from './backup/restore.ts'
import { startBackups, type Backups } from './backup/worker.ts'
import { startCache, type CacheTiming } from './cache/start.ts'
import { seedCatalog } from './catalog/seed.ts'
import { closeServer } from './close-server.ts'
import { loadConfig } from './config/load.ts'
import type { Config } from './config/keys.ts'
import { type LiveConfig, liveConfig } from './config/live.ts'
import { sessionSecret } from './config/secret.ts'
import type { Deps, Log, NetbootControl } from './deps.ts'
import { createApp, type Served } from './http/app.ts'
import type { HttpDeps, HttpOptions } from './http/kit.ts'
import { forgetGrubConnections } from './http/grub-connections.ts'
import { type ConnectionLimits, LIMITS, limitConnections } from './http/connections.ts'
import { createDeskTokens } from './http/desk.ts'
import type { DeskOptions } from './desk/desk.ts'
import type { HelperChoice } from './desk/helper-command.ts'
import { type InnerDoor, innerDoor } from './http/inner.ts'
import { startDesk } from './desk/start-desk.ts'
import { createLive } from './http/live.ts'
import { machineView } from './http/view.ts'
import { commaList } from './config/comma-list.ts'
import { addressesOf, advertised, listen } from './listen.ts'
import { startNetboot, type NetbootOptions } from './netboot/start.ts'
import { STARTING } from './netboot/starting.ts'
import { createTrace } from './netboot/trace.ts'
import { createOutbound } from './outbound/outbound.ts'
import { progressBoard } from './progress/board.ts'
import { attachPxe, scriptFirst } from './pxe/attach.ts'
import { bootFolder } from './pxe/folder.ts'
import { pxeHandlers } from './pxe/handlers.ts'
import { seedBootFolder } from './seed.ts'
import { openStore } from './store/open.ts'
import { ownPrograms, type StartTerminals, startTerminals } from './terminal/start.ts'
import { startUpdates } from './updates/updates.ts'
import { startUpkeep } from './upkeep.ts'
import { VERSION } from './version.ts'
import { type Work, workOf } from './work.ts'

export interface ServerOptions {
  /** What to run with; read from files and environment when absent. */
  config?: Config
  log: Log
  /** What to do when the port is taken: fail, or take the next free one. */
  portTaken?: 'error' | 'next'
  /** False switches `desk` calls off: nobody sits at this machine. */
  desk?: boolean
  /** Folders of this program's own files; beside the sources when absent. */
  dirs?: { console?: string; ipxe?: string; builtMedia?: string }
  /** How the helper that writes to disks is started; found out when absent. */
  helper?: HelperChoice
  /** What terminals run; that of a working copy when absent. */
  terminals?: StartTerminals
  /** For tests: what the drives are. */
  drives?: Pick<DeskOptions, 'list'>
  /** Files to copy into the boot folder where they are missing; `BTY_BOOT_SEED_DIR` when absent. */
  seedDir?: string
  /** Milliseconds since the epoch. */
  now?: () => number
  /** For tests. */
  netbootPorts?: NetbootOptions['ports']
  peerOf?: HttpOptions['peerOf']
  uploadIdleMs?: number
  limits?: Partial<ConnectionLimits>
  cacheTiming?: CacheTiming
  releaseTiming?: ReleaseTiming
}

export interface RunningServer {
  address: { host: string; port: number }
  /** Where it answers: this machine first, then the LAN. */
  urls: string[]
  /** Opens the console on this machine, once, signed in; the bare console where `desk` is off. */
  deskUrl: string
  /** Another such link. */
  newDeskUrl(): string
  /** What runs now and would be lost if the console ended. */
  work(): Work
  config: LiveConfig
  /** The routes without the network. */
  inside: InnerDoor
  deps: Deps
  releases: Releases
  backups: Backups
  /** Every route that is mounted. */
  routes: Served[]
  /** Ends every stream and connection and closes the database; takes at most some five seconds. */
  close(): Promise<void>
}

/** Text settings that are read anew each time. */
type LiveText =
  | 'server.trusted_proxy'
  | 'server.advertised_host'
  | 'netboot.version'
  | 'netboot.interfaces'
  | 'registry.docker_config'
  | 'registry.plain_http'

/** Starts everything. @throws {ConfigError | StateDirBusyError | ListenError} with nothing left running. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log, now = Date.now, config = loadConfig() } = options
  const { values, paths } = config
  applyPending(paths.stateDir, now)
  const live = liveConfig(config)
  const setting = (key: LiveText) => live.current().values[key].trim()
  const store = openStore({ dir: paths.stateDir, version: VERSION, now })
  const server = createServer({ connectionsCheckingInterval: 2000 })
  let netboot: NetbootControl = STARTING
  const closing: (() => unknown)[] = [() => store.close()]
  const close = once(async () => {
    for (const step of closing.toReversed()) await step()
  })
  try {
    const folder = bootFolder(paths.bootDir, {
      setting: () => store.settings.get('netboot.version') ?? setting('netboot.version'),
      own: VERSION,
      nowMs: now,
    })
    await recoverBootFolder(paths.bootDir, log)
    const seedDir = options.seedDir ?? process.env['BTY_BOOT_SEED_DIR']
    if (seedDir) await seedBootFolder(seedDir, paths.bootDir, log)
    await folder.refresh()
    await seedCatalog(store, paths.catalogFile, log)

    const progress = progressBoard(now)
    const hub = createLive({
      store,
      view: (mac) => {
        const row = store.machines.get(mac)
        return row === null ? null : machineView(row, { store, progress })
      },
    })
    const outbound = createOutbound({
      version: VERSION,
      registry: {
        get dockerConfig() {
          return setting('registry.docker_config')
        },
        get plainHttp() {
          return setting('registry.plain_http')
        },
        warn: log.warn,
      },
    })
    const cache = startCache({ store, hub, outbound, log, now }, live, options.cacheTiming)
    closing.push(() => cache.close())
    const deps: HttpDeps = {
      version: VERSION,
      store,
      trace: createTrace({ now }),
      progress,
      hub,
      outbound,
      cache: cache.door,
      log,
      now,
      netboot: {
        state: () => netboot.state(),
        answer: (network, answer) => netboot.answer(network, answer),
        look: () => netboot.look(),
        close: () => netboot.close(),
      },
    }
    await sweepStaging(paths.stateDir)
    const backups = startBackups(deps, {
      root: paths.backupDir,
      stateDir: paths.stateDir,
      maxParallel: values['tuning.backup_max_parallel'],
      files: () => carriedFiles(live.current(), false),
    })
    const releases = createReleases(deps, config, folder, options.releaseTiming)
    const root = join(import.meta.dirname, '..')
    const ipxeDir = options.dirs?.ipxe ?? join(root, 'dist', 'ipxe')
    const desk = options.desk === false ? null : createDeskTokens()
    const pxe = {
      get trustProxy() {
        return setting('server.trusted_proxy') !== ''
      },
      get advertisedHost() {
        return setting('server.advertised_host')
      },
      folder,
      ipxeDir,
      maxUploadBytes: config.maxUploadBytes,
      uploadIdleMs: options.uploadIdleMs,
    }
    let port = 0
    const builtMediaDir = options.dirs?.builtMedia ?? join(root, 'dist', 'media')
    const atDesk = startDesk(deps, releases, {
      ...{ ...options, ...options.releaseTiming },
      ...{ root, stateDir: paths.stateDir, builtDir: builtMediaDir, port: () => port },
    })
    const terminals = startTerminals(
      deps,
      live,
      () => port,
      atDesk.door,
      options.terminals ?? { programs: ownPrograms(root) },
    )
    const updates = startUpdates(deps, { values: () => live.current().values })
    const { app, served } = createApp(deps, {
      updates,
      sessionSecret: sessionSecret(values['server.session_secret'], paths.stateDir),
      config: live,
      bootFolder: folder,
      releases,
      backups,
      cache,
      ...atDesk,
      terminals,
      port: () => port,
      stateDir: paths.stateDir,
      catalogFile: paths.catalogFile,
      builtMediaDir,
      consoleDir: options.dirs?.console ?? join(root, 'dist', 'console'),
      desk,
      advertisedHost: pxe.advertisedHost,
      advertised: () => advertised(pxe.advertisedHost, values['server.host'], port),
      peerOf: options.peerOf,
      pxe: {
        handlers: pxeHandlers(deps, pxe),
        attach: (router, kit) => attachPxe(router, deps, pxe, kit.operator),
        first: scriptFirst(deps, pxe),
      },
    })
    forgetGrubConnections(server)
    limitConnections(server, { ...LIMITS, ...options.limits }, () => pxe.trustProxy)
    server.on('request', app.callback())
    const inside = innerDoor(app.callback(), () => port)
    closing.push(() => inside.close())
    closing.push(() => closeServer(server))
    closing.push(() => releases.fetches.close())
    closing.push(...[backups, atDesk, terminals, updates].map((part) => () => part.close()))
    closing.push(() => hub.close())
    closing.push(() => deps.netboot.close())

    const current = () => live.current().values
    const upkeep = startUpkeep({ store, hub, stateDir: paths.stateDir, values: current, log, now })
    closing.push(() => upkeep.close())
    port = await listen(server, values['server.host'], values['server.port'], options.portTaken)
    netboot = await startNetboot({
      enabled: values['netboot.enabled'],
      get interfaces() {
        return commaList(setting('netboot.interfaces'))
      },
      get proxyDhcp() {
        return live.current().values['netboot.proxy_dhcp']
      },
      get secureBoot() {
        return live.current().values['netboot.secure_boot']
      },
      httpPort: port,
      ipxeDir,
      settings: store.settings,
      trace: deps.trace,
      log,
      now,
      ports: options.netbootPorts,
      lowPorts: atDesk.lowPorts,
    })
    if (config.defaultPassword)
      log.warn(
        'the operator password is the default one; set admin.password (BTY_ADMIN_PASSWORD) to operate from other machines',
      )

    const urls = addressesOf(values['server.host'], port)
    const newDeskUrl = () => `${urls[0]}ui${desk === null ? '' : `/open?token=${desk.issue()}`}`
    return {
      address: { host: values['server.host'], port },
      urls,
      deskUrl: newDeskUrl(),
      newDeskUrl,
      inside,
      work: () => workOf(atDesk.work(), deps.trace.clients(), deps.progress.view, now()),
      config: live,
      deps,
      releases,
      backups,
      routes: served,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  return () => (running ??= work())
}
