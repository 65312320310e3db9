import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { activeVersion } from '../boot/artifacts.ts'

/** The folder behind `/boot/`. A listing is kept for a second, so that a rack that boots costs one. */
export interface BootFolder {
  readonly path: string
  /** Names of the files; at most a second old. */
  names(): Promise<ReadonlySet<string>>
  /** Reads the folder anew; call it after changing files there. */
  refresh(): Promise<ReadonlySet<string>>
  /** Version of the trio that boot scripts name, from a listing at most a second old. */
  activeVersion(arch?: string): Promise<string>
  /** The same from the last listing, however old. */
  lastKnownVersion(): string
}

const KEPT_MS = 1000

/** `setting` is the version that the operator chose, empty for none; `own` that of this program. */
export function bootFolder(
  path: string,
  { setting, own, nowMs }: { setting: () => string; own: string; nowMs: () => number },
): BootFolder {
  mkdirSync(path, { recursive: true })
  let names: ReadonlySet<string> = new Set()
  let readAtMs = -Infinity
  let reading: Promise<ReadonlySet<string>> | null = null

  async function read(): Promise<ReadonlySet<string>> {
    const startedMs = nowMs()
    names = new Set(await readdir(path).catch(() => []))
    readAtMs = startedMs
    return names
  }
  const isFresh = () => Math.abs(nowMs() - readAtMs) < KEPT_MS
  const folder: BootFolder = {
    path,
    names: async () => {
      if (isFresh()) return names
      reading ??= read().finally(() => (reading = null))
      return reading
    },
    refresh: read,
    activeVersion: async (arch) => activeVersion(setting(), await folder.names(), own, arch),
    lastKnownVersion: () => activeVersion(setting(), names, own),
  }
  return folder
}
