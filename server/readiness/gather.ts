/** Looks at everything that the readiness list is about. What cannot be looked at is a fact too, never a failure. */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { trio } from '../boot/artifacts.ts'
import type { Config } from '../config/keys.ts'
import type { Deps } from '../deps.ts'
import { tftpDaemon } from '../netboot/daemon.ts'
import type { BootFolder } from '../pxe/folder.ts'
import { effective } from '../settings/table.ts'
import type { Facts } from './facts.ts'

export interface GatherOptions {
  config: Config
  bootFolder: Pick<BootFolder, 'refresh' | 'activeVersion'>
  defaultPassword: boolean
}

/** Names of the trio that boot scripts name and that is not in the boot folder. */
export async function missingArtifacts({
  refresh,
  activeVersion,
}: GatherOptions['bootFolder']): Promise<string[]> {
  const names = await refresh()
  const { kernel, initrd, squashfs } = trio(await activeVersion())
  return [kernel, initrd, squashfs].filter((name) => !names.has(name))
}

export async function gatherFacts(deps: Deps, options: GatherOptions): Promise<Facts> {
  const { store, cache, now } = deps
  const { config, bootFolder, defaultPassword } = options
  const { paths } = config
  const netboot = deps.netboot.state()
  const [newest] = store.events.list({ limit: 1 })
  const [reset] = store.events.list({ kind: 'system.schema.reset', limit: 1 })
  const [missing, daemon, stateDir, health, disks, newestMs, defaultRoute] = await Promise.all([
    missingArtifacts(bootFolder),
    tftpDaemon(netboot.tftp),
    stateDirFacts(paths),
    cache
      .health()
      .catch((error: Error) => ({ ok: false, detail: `The cache does not answer: ${error.message}` })),
    diskFacts(config),
    newestBackupMs(paths.backupDir),
    hasDefaultRoute(),
  ])
  return {
    nowMs: now(),
    missingArtifacts: missing,
    catalogRows: store.catalog.summary().total,
    daemon,
    unacknowledged: store.events.unacknowledged(),
    stateDir,
    netboot,
    cache: { ...health, off: cache.kind === 'off' },
    disks,
    defaultPassword,
    reset: reset !== undefined && !reset.acknowledged ? reset.summary : null,
    backup: { scheduled: cadence(store.settings, config), newestMs },
    newestEventMs: newest === undefined ? null : Date.parse(newest.ts),
    defaultRoute,
  }
}

function cadence(settings: Deps['store']['settings'], config: Config): 'daily' | 'weekly' | null {
  const value = (key: 'backup.enabled' | 'backup.cadence') => effective(key, settings.get(key), config).value
  const every = value('backup.cadence')
  return value('backup.enabled') === '1' && (every === 'daily' || every === 'weekly') ? every : null
}

async function stateDirFacts({ stateDir, bootDir }: Config['paths']): Promise<Facts['stateDir']> {
  const device = (path: string) =>
    stat(path).then(
      ({ dev }) => dev,
      () => null,
    )
  const [own, parent] = await Promise.all([device(stateDir), device(dirname(resolve(stateDir)))])
  return {
    mountPoint: own !== null && parent !== null && own !== parent,
    hasDatabase: existsSync(join(stateDir, 'state.db')),
    holdsBootDir: !relative(resolve(stateDir), resolve(bootDir)).startsWith('..'),
  }
}

async function diskFacts({ paths, values }: Config): Promise<Facts['disks']> {
  const folders: [what: string, path: string][] = [
    ['state', paths.stateDir],
    ['boot files', paths.bootDir],
    ['cache', values['paths.cache_dir'] || join(paths.stateDir, 'cache')],
  ]
  const there = folders.filter(([what, path]) => what !== 'cache' || existsSync(path))
  return Promise.all(
    there.map(async ([what, path]) => ({
      what,
      path,
      freeBytes: await statfs(path).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => null,
      ),
    })),
  )
}

/** A backup is a folder that is named after its time (wire contract 7.2). */
async function newestBackupMs(dir: string): Promise<number | null> {
  const times = (await readdir(dir).catch(() => [] as string[])).flatMap((name) => {
    const at = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\dZ)/.exec(name)
    const ms = at === null ? NaN : Date.parse(`${at[1]}${at[2]}:${at[3]}:${at[4]}`)
    return Number.isNaN(ms) ? [] : [ms]
  })
  return times.length === 0 ? null : Math.max(...times)
}

/** Null where there is no /proc. */
async function hasDefaultRoute(): Promise<boolean | null> {
  const text = await readFile('/proc/net/route', 'utf8').catch(() => null)
  return text === null ? null : text.split('\n').some((line) => line.split('\t')[1] === '00000000')
}
