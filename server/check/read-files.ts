/** Looks at the loose files of a state directory. Reads only; what is not there is nothing. */
import { readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TEMP_PREFIX } from '../artifacts/move-in.ts'
import type { Config } from '../config/keys.ts'
import type { LooseFacts, SecretFacts } from './files.ts'

/** Also the database that a full backup is made from. */
const HALF = /\.partial$|\.btybackup\.copy$/

/** @throws {Error} of the file system, but not for what is absent. */
export function readSecret({ values, paths }: Config): SecretFacts {
  const configured = values['server.session_secret'].trim() !== ''
  const path = join(paths.stateDir, 'session-secret')
  const info = statSync(path, { throwIfNoEntry: false })
  const file =
    info === undefined ? null : { mode: info.mode, chars: readFileSync(path, 'utf8').trim().length }
  return { configured, file, hasModes: process.platform !== 'win32' }
}

export function readLoose({ paths }: Config, cacheDir: string): Omit<LooseFacts, 'running'> {
  const { stateDir, bootDir, backupDir, catalogFile } = paths
  const dirs = [...new Set([stateDir, bootDir, backupDir, dirname(catalogFile)])]
  const found = dirs.flatMap((dir) => names(dir).map((name) => ({ dir, name, path: join(dir, name) })))
  return {
    partials: found.filter(({ name }) => HALF.test(name)).map(({ path }) => path),
    installs: found
      .filter(({ dir, name }) => dir === bootDir && name.startsWith(TEMP_PREFIX))
      .map(({ path }) => path),
    aside: [
      ...found.filter(({ name }) => /^state\.db\..*\.bak$/.test(name)).map(({ path }) => path),
      ...names(cacheDir)
        .filter((name) => /^cache\.db\..*\.bak$/.test(name))
        .map((name) => join(cacheDir, name)),
    ],
  }
}

/** Free bytes of each file system that one of `dirs` lies on. */
export function readSpace(dirs: readonly string[]): { dir: string; freeBytes: number }[] {
  const seen = new Set<number>()
  return dirs.flatMap((dir) => {
    const info = statSync(dir, { throwIfNoEntry: false })
    if (info === undefined || seen.has(info.dev)) return []
    seen.add(info.dev)
    const { bavail, bsize } = statfsSync(dir)
    return [{ dir, freeBytes: bavail * bsize }]
  })
}

/** Names in a folder; none where there is no folder. */
export function names(dir: string): string[] {
  try {
    return readdirSync(dir).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}
