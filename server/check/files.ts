/** Checks of the state directory's loose files. Pure. */
import { counted, type Finding, gibibytes, reporter, some } from './finding.ts'

export interface SecretFacts {
  /** `server.session_secret` is set, so the file does not count. */
  configured: boolean
  /** Null when there is no file. */
  file: { mode: number; chars: number } | null
  /** The file system keeps modes that mean something. */
  hasModes: boolean
}

export interface LooseFacts {
  /** A server has the directory, so some of what looks left over is at work. */
  running: boolean
  /** Paths of `.partial` files, and of the folders of installations that did not end. */
  partials: string[]
  installs: string[]
  /** Databases that were set aside, and copies from before a migration. */
  aside: string[]
}

const MIN_SECRET_CHARS = 16
const TIGHT_BYTES = 512 * 1024 ** 2
const LOW_BYTES = 5 * 1024 ** 3

export function checkLock(holder: string | null): Finding[] {
  const { ok } = reporter('lock')
  return [ok(holder === null ? 'no server has this directory' : `held by ${holder}`)]
}

export function checkSecret({ configured, file, hasModes }: SecretFacts): Finding[] {
  const { ok, problem } = reporter('session secret')
  if (configured) return [ok('set in the configuration')]
  if (file === null) return [ok('none yet; the server makes one at its first start')]
  const found: Finding[] = []
  if (file.chars < MIN_SECRET_CHARS)
    found.push(
      problem(
        `session-secret has ${counted(file.chars, 'character')}; at least ${MIN_SECRET_CHARS} are wanted`,
        'delete the file and start the server: it makes a new one, and everybody signs in again',
      ),
    )
  if (hasModes && (file.mode & 0o037) !== 0)
    found.push(
      problem(
        `session-secret has mode ${(file.mode & 0o777).toString(8).padStart(4, '0')}, so others can read or change it`,
        'chmod 0640 session-secret; delete it and start the server where others may have read it',
      ),
    )
  return found.length > 0 ? found : [ok('there, and private')]
}

export function checkLoose({ running, partials, installs, aside }: LooseFacts): Finding[] {
  const { ok, advice, problem } = reporter('left over')
  const found: Finding[] = []
  if (installs.length > 0)
    found.push(
      running
        ? advice(`live media are being installed: ${some(installs)}`)
        : problem(
            `an installation of live media was broken off: ${some(installs)}`,
            'start the server: it finishes or undoes the installation',
          ),
    )
  if (partials.length > 0)
    found.push(
      running
        ? advice(`half files, of uploads under way or broken off: ${some(partials)}`)
        : problem(
            `half files that no server is writing: ${some(partials)}`,
            'remove them; nothing uses them',
          ),
    )
  if (aside.length > 0)
    found.push(
      advice(`databases set aside: ${some(aside)}`, 'keep them until you miss nothing, then remove them'),
    )
  return found.length > 0 ? found : [ok('nothing')]
}

/** `disks`: each file system once, with the folder that lies on it. */
export function checkSpace(disks: readonly { dir: string; freeBytes: number }[]): Finding[] {
  const { ok, advice, problem } = reporter('disk space')
  return disks.map(({ dir, freeBytes }) => {
    const text = `${gibibytes(freeBytes)} free at ${dir}`
    if (freeBytes < TIGHT_BYTES) return problem(text, 'make room; writes fail soon')
    return freeBytes < LOW_BYTES ? advice(text, 'make room for images and backups') : ok(text)
  })
}
