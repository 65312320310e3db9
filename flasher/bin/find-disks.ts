import { existsSync } from 'node:fs'
import { listDisks } from '../disk/list.ts'
import type { Disk } from '../disk/list.ts'
import { selectBySerial } from '../disk/select.ts'
import { unmountDisk } from '../disk/unmount.ts'
import { FlashError } from '../errors.ts'
import { runTool } from '../run.ts'
import { namedTarget } from '../wizard/targets.ts'

/**
 * The disks that a command line names by path or `serial:SERIAL`, in its order. `unmount`: free them of their file systems first.
 * Throws FlashError.
 */
export async function findDisks(names: readonly string[], unmount: boolean): Promise<Disk[]> {
  const disks = await found(names)
  if (!unmount) return disks
  for (const { path, mounts } of disks) if (mounts.length > 0) await unmountOrThrow(path)
  return await found(names)
}

async function found(names: readonly string[]): Promise<Disk[]> {
  const listed = await listDisks(runTool)
  const disks: Disk[] = []
  for (const name of names) {
    const selection = name.startsWith('serial:')
      ? selectBySerial(listed, name.slice('serial:'.length))
      : existsSync(name)
        ? { disk: listed.find(({ path }) => path === name) ?? (await namedTarget(name, runTool)) }
        : { refusal: `${name} does not exist` }
    if ('refusal' in selection) throw new FlashError('no-disk', selection.refusal)
    disks.push(selection.disk)
  }
  const paths = new Set(disks.map(({ path }) => path))
  if (paths.size < disks.length) throw new FlashError('refused', 'two of the names mean the same disk')
  return disks
}

async function unmountOrThrow(path: string): Promise<void> {
  const { busy } = await unmountDisk(path, runTool)
  if (busy.length > 0) throw new FlashError('refused', `${path} stays in use: ${busy.join('; ')}`)
}
