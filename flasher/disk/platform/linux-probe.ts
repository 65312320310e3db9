import { constants } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { asFlashError } from '../../errors.ts'
import type { Run } from '../../run.ts'
import { readBusPath } from '../bus-path.ts'
import { devNoOf } from '../dev-no.ts'
import { mountsOn } from '../marks.ts'
import { examineDisks } from '../signatures.ts'
import { targetOf, targetOfStat } from '../target-of.ts'
import type { Target } from '../target.ts'
import { UNKNOWN_TARGET } from '../unknown-target.ts'
import type { DevNo } from '../use/facts.ts'
import { disksInUse } from '../use/in-use.ts'
import { readUseFacts } from '../use/read.ts'
import { whenFree } from './when-free.ts'

/** Looks at a target. Never throws: what cannot be seen is said in `problem`. */
export async function probeLinux(path: string, run: Run): Promise<Target> {
  const found = await stat(path).catch(() => null)
  if (!found?.isBlockDevice()) return targetOfStat(found, path)
  try {
    const [nodes, facts, busy] = await Promise.all([examineDisks(run, path), readUseFacts(run), isBusy(path)])
    const [node] = nodes
    if (node === undefined)
      return { ...UNKNOWN_TARGET, path, kind: 'block', problem: 'lsblk does not list it' }
    const devNo = devNoOf(found.rdev)
    const mounts = mountsOn({ ...node, devNo }, disksInUse(facts))
    return {
      ...targetOf(node, path, mounts),
      devNo,
      diskSeq: await readDiskSeq(devNo),
      busPath: readBusPath(devNo),
      busy,
    }
  } catch (error) {
    return { ...UNKNOWN_TARGET, path, kind: 'block', problem: asFlashError(error).message }
  }
}

/** The kernel's running number of the disk behind a device number; null where it keeps none. */
export async function readDiskSeq(devNo: DevNo): Promise<string | null> {
  const text = await readFile(`/sys/dev/block/${devNo}/diskseq`, 'utf8').catch(() => null)
  return text?.trim() || null
}

/** Probes of one disk take turns, so that none takes another for somebody who holds it. */
const turns = new Map<string, Promise<boolean>>()

/** ZFS and a btrfs of several disks show in no listing, but they hold their disks. Other faults are told at the open. */
function isBusy(path: string): Promise<boolean> {
  const flags = constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK
  const before = turns.get(path) ?? Promise.resolve(false)
  const busy = before.then(() =>
    whenFree(async () => (await open(path, flags)).close()).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'EBUSY',
    ),
  )
  turns.set(path, busy)
  return busy.finally(() => {
    if (turns.get(path) === busy) turns.delete(path)
  })
}
