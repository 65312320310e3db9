import { basename } from 'node:path'
import type { PackageSet } from './sets.ts'

/** One package file of the archive. */
export interface LockedFile {
  /** Which of the machine's mirrors has it. */
  archive: 'main' | 'security'
  /** Below the mirror, as in its address. */
  path: string
  sizeBytes: number
  /** 64 lower-case hexadecimal digits. */
  sha256: string
}

export interface Lock {
  sets: Record<string, { suite: string; asked: string[]; files: string[] }>
  /** By file name, `<package>_<version>_<arch>.deb`. */
  files: Record<string, LockedFile>
}

const NAME = /^[a-z0-9][a-z0-9+.-]*_[A-Za-z0-9%.+~-]+_[a-z0-9]+\.deb$/
const RELOCK = 'run `npm run media -- lock` to write it anew'

/** Reads the text of a lock file. Throws with what is wrong in it; `name` is the file's. */
export function parseLock(text: string, name: string): Lock {
  const wrong = (what: string): never => {
    throw new Error(`${name}: ${what}; ${RELOCK}`)
  }
  let lock: Lock
  try {
    lock = JSON.parse(text) as Lock
  } catch (error) {
    return wrong(`it is no JSON (${(error as Error).message})`)
  }
  if (typeof lock?.sets !== 'object' || typeof lock.files !== 'object')
    return wrong('"sets" or "files" is missing')
  for (const [file, { archive, path, sizeBytes, sha256 }] of Object.entries(lock.files)) {
    if (!NAME.test(file)) wrong(`"${file}" is no name of a package file`)
    if (archive !== 'main' && archive !== 'security') wrong(`${file} is of no known archive`)
    if (!/^pool\/[\w./+%~-]+\.deb$/.test(path) || path.includes('..'))
      wrong(`${file} has no path below pool/`)
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) wrong(`${file} has no size`)
    if (!/^[0-9a-f]{64}$/.test(sha256)) wrong(`${file} has no sha256`)
  }
  for (const [set, { files }] of Object.entries(lock.sets))
    for (const file of files)
      if (!(file in lock.files)) wrong(`the set ${set} names ${file}, which it does not describe`)
  return lock
}

/** The text of a lock file: sorted, so that a new lock differs from an old one only where packages do. */
export function lockText({ sets, files }: Lock): string {
  const sorted = <T>(table: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))
  return `${JSON.stringify({ sets, files: sorted(files) }, null, 2)}\n`
}

/** The files of `set`. Throws when the lock was written for another recipe. */
export function lockedFiles(lock: Lock, set: string, wanted: PackageSet): [name: string, file: LockedFile][] {
  const locked = lock.sets[set]
  const same = (a: readonly string[], b: readonly string[]) => a.join() === b.join()
  if (locked === undefined || locked.suite !== wanted.suite || !same(locked.asked, wanted.asked))
    throw new Error(`the package lock was written for another recipe (set "${set}"); ${RELOCK}`)
  return locked.files.map((name) => [name, lock.files[name]!])
}

/** What differs between two locks, a line for each package, for whoever writes a new one. */
export function lockChanges(before: Lock | null, after: Lock): string[] {
  const versions = (lock: Lock | null) =>
    new Map(
      Object.keys(lock?.files ?? {}).map((name) => {
        const [pkg, version] = basename(name).split('_')
        return [pkg!.replace(/^(linux-[a-z]+)-\d.*/, '$1'), decodeURIComponent(version!)] as const
      }),
    )
  const [old, now] = [versions(before), versions(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)]
    return was === is ? [] : [`${name}: ${was ?? 'new'} -> ${is ?? 'gone'}`]
  })
}
