/**
 * Moves files that are ready in a temporary folder into the boot folder, all or none: also when a rename fails in the
 * middle, and also when the process is killed there. A journal in the temporary folder says which way to go.
 */
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../deps.ts'

export const TEMP_PREFIX = 'bty-boot-'
const FORWARD = 'journal.forward'
const BACK = 'journal.back'
const OLD = 'old'

interface Journal {
  names: readonly string[]
  /** Those of `names` that the boot folder did not have before. */
  fresh: readonly string[]
}

/** `names` are whole and flushed in `temp`, a folder inside `bootDir`. Rejects with the boot folder as it was. */
export async function moveIn(names: readonly string[], temp: string, bootDir: string): Promise<void> {
  const old = join(temp, OLD)
  await mkdir(old)
  const fresh: string[] = []
  for (const name of names) if (!(await keep(join(bootDir, name), join(old, name)))) fresh.push(name)
  await writeFlushed(join(temp, FORWARD), JSON.stringify({ names, fresh } satisfies Journal))
  await syncFolder(old)
  await syncFolder(temp)
  try {
    for (const name of names) await rename(join(temp, name), join(bootDir, name))
    await syncFolder(bootDir)
  } catch (error) {
    await rename(join(temp, FORWARD), join(temp, BACK))
    await undo({ names, fresh }, temp, bootDir)
    await rm(join(temp, BACK))
    throw error
  }
}

/** Removes a temporary folder, unless it holds what is needed to undo: the next start tries that again. */
export async function discard(temp: string): Promise<void> {
  if (!(await exists(join(temp, BACK)))) await rm(temp, { recursive: true, force: true })
}

/** Ends what a killed process has left in the boot folder; call it at the start, before anything boots from there. */
export async function recoverBootFolder(bootDir: string, log: Log): Promise<void> {
  const entries = await readdir(bootDir, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isDirectory() || !entry.name.startsWith(TEMP_PREFIX)) continue
    const temp = join(bootDir, entry.name)
    try {
      const forward = await readJournal(join(temp, FORWARD))
      const back = forward === null ? await readJournal(join(temp, BACK)) : null
      if (forward !== null) await redo(forward, temp, bootDir)
      if (back !== null) await undo(back, temp, bootDir)
      await rm(temp, { recursive: true, force: true })
      const ended = forward !== null ? 'finished' : 'undone'
      log.info(`an installation of live media that was broken off (${entry.name}) is ${ended}`)
    } catch (error) {
      log.warn(`${temp} is left over and could not be cleared: ${(error as Error).message}`)
    }
  }
}

async function redo({ names }: Journal, temp: string, bootDir: string): Promise<void> {
  for (const name of names) await rename(join(temp, name), join(bootDir, name)).catch(unlessAbsent)
  await syncFolder(bootDir)
}

async function undo({ names, fresh }: Journal, temp: string, bootDir: string): Promise<void> {
  for (const name of names) {
    if (!fresh.includes(name)) await rename(join(temp, OLD, name), join(bootDir, name)).catch(unlessAbsent)
    else if (!(await exists(join(temp, name)))) await rm(join(bootDir, name), { force: true })
  }
  await syncFolder(bootDir)
}

/** Keeps `file` under a second name; false when there is none. */
async function keep(file: string, second: string): Promise<boolean> {
  try {
    await link(file, second)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    // A folder of that name cannot be linked, and neither can anything on a FAT file system.
    if ((await stat(file)).isDirectory()) throw new Error(`${file} is a folder`, { cause: error })
    await copyFile(file, second)
    return true
  }
}

async function readJournal(path: string): Promise<Journal | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return JSON.parse(text) as Journal
  } catch {
    return null // killed while it was written: nothing has been moved yet
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

async function writeFlushed(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o644)
  await file.writeFile(text)
  await file.sync()
}

async function syncFolder(dir: string): Promise<void> {
  await using handle = await open(dir, 'r')
  await handle.sync()
}
