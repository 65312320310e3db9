/** All checks of one state directory. Changes nothing in it, and takes no lock. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installedVersions } from '../artifacts/versions.ts'
import type { Config } from '../config/keys.ts'
import { inspectState, type StateFacts } from '../store/inspect.ts'
import { lockHolder } from '../store/lock.ts'
import { checkBackups } from './backups.ts'
import { checkBoot } from './boot.ts'
import { checkCache } from './cache.ts'
import { checkCatalog } from './catalog.ts'
import { checkDatabase } from './database.ts'
import { checkLock, checkLoose, checkSecret, checkSpace } from './files.ts'
import { type Finding, oneLine, reporter } from './finding.ts'
import { readBackups } from './read-backups.ts'
import { readCache } from './read-cache.ts'
import { readLoose, readSecret, readSpace } from './read-files.ts'
import { checkSettings } from './settings.ts'

/** A server may start or end in the middle; what was read then may not fit together. */
const ATTEMPTS = 3

/** Never throws for what the directory holds: what cannot be looked at is a problem of its own. */
export async function checkStateDir(config: Config, deep: boolean): Promise<Finding[]> {
  const { stateDir } = config.paths
  if (!existsSync(stateDir))
    return [
      reporter('state directory').problem(`${stateDir} is not there`, 'name another one with --state-dir'),
    ]
  for (let attempt = 1; ; attempt++) {
    const before = holderOf(stateDir)
    const findings = await allOf(config, deep, before)
    if (holderOf(stateDir) === before || attempt === ATTEMPTS) return findings
  }
}

async function allOf(config: Config, deep: boolean, holder: string | null): Promise<Finding[]> {
  const { values, paths } = config
  const { stateDir, bootDir, backupDir } = paths
  const cacheDir = values['paths.cache_dir'] || join(stateDir, 'cache')
  const running = holder !== null
  const stateFile = join(stateDir, 'state.db')
  const state: { facts: StateFacts | null } = { facts: null }
  const parts: [part: string, look: () => Finding[] | Promise<Finding[]>][] = [
    ['lock', () => checkLock(holder)],
    [
      'state.db',
      () => {
        state.facts = existsSync(stateFile) ? inspectState(stateFile, running) : null
        return state.facts === null
          ? [reporter('state.db').ok('none yet; the server makes it at its start')]
          : checkDatabase(state.facts)
      },
    ],
    ['catalog', () => (usable(state.facts) ? checkCatalog(state.facts) : [])],
    ['settings', () => checkSettings(state.facts?.settings ?? {}, config)],
    ['session secret', () => checkSecret(readSecret(config))],
    ['boot files', async () => checkBoot(await versionsIn(bootDir, deep), deep)],
    ['cache', async () => checkCache(await readCache(cacheDir, running, deep), running)],
    ['backups', async () => checkBackups(await readBackups(backupDir, deep))],
    ['left over', () => checkLoose({ running, ...readLoose(config, cacheDir) })],
    ['disk space', () => checkSpace(readSpace([stateDir, bootDir, cacheDir, backupDir]))],
  ]
  const findings: Finding[] = []
  for (const [part, look] of parts) {
    try {
      findings.push(...(await look()))
    } catch (error) {
      const why = oneLine((error as Error).message)
      const next = 'run this as the user that the server runs as, or as root'
      findings.push(reporter(part).problem(`cannot be looked at: ${why}`, next))
    }
  }
  return findings
}

/** The rows of a database that is ours and could be read. */
function usable(facts: StateFacts | null): facts is StateFacts {
  return facts !== null && facts.file === 'read' && facts.ours && facts.schema <= facts.newestSchema
}

async function versionsIn(bootDir: string, deep: boolean) {
  const versions = installedVersions(bootDir)
  const found = await versions.list('')
  if (!deep) return found
  for (const { version } of found) await versions.verify(version)
  return versions.list('')
}

/** Null also where nobody may look: the parts say that. */
function holderOf(stateDir: string): string | null {
  try {
    return lockHolder(stateDir)
  } catch {
    return null
  }
}
