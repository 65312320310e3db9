import { contentText } from '../disk/content.ts'
import { listDisks } from '../disk/list.ts'
import type { Disk } from '../disk/list.ts'
import { isSystemMount, mountsOn } from '../disk/marks.ts'
import { disksInUse } from '../disk/use/in-use.ts'
import { readUseFacts } from '../disk/use/read.ts'
import { targetProblems } from '../flash/plan.ts'
import type { Wanted } from '../flash/plan.ts'
import { probeTarget } from '../disk/target.ts'
import { examineDisks } from '../disk/signatures.ts'
import { sizeText } from '../disk/size-text.ts'
import type { Run } from '../run.ts'

/** A target that was named on the command line, such as a loop device or a file, as a row of the list. */
export async function namedTarget(path: string, run: Run): Promise<Disk> {
  const target = await probeTarget(path, run)
  const problems = targetProblems(target, { path, serial: null, allowMember: true }, true)
  const [node] = target.kind === 'block' ? await examineDisks(run, path).catch(() => []) : []
  const mounts =
    node === undefined ? [] : mountsOn({ ...node, devNo: target.devNo }, disksInUse(await readUseFacts(run)))
  const model = target.kind === 'block' ? target.type : target.kind
  return {
    path,
    serial: target.serial,
    sizeBytes: target.sizeBytes,
    marks: problems.map((problem) =>
      problem.startsWith(`${path} `) ? problem.slice(path.length + 1) : problem,
    ),
    warnings: target.members.map((member) => `carries ${member}`),
    model,
    transport: null,
    rotational: false,
    removable: false,
    wwn: target.wwn,
    busPath: target.busPath,
    isSystem: mounts.some(isSystemMount),
    mounts,
    content: node === undefined ? 'not examined' : contentText(node),
    inventory: {
      path,
      size: target.sizeBytes > 0 ? sizeText(target.sizeBytes) : null,
      type: 'disk',
      vendor: null,
      model,
      serial: target.serial,
      tran: null,
      removable: false,
      readonly: false,
      mountpoints: [],
    },
  }
}

/** The disk as it must still be when it is opened. Members of volumes may be lost: the confirmation names them. */
export function wantedOf({ path, serial, sizeBytes, wwn }: Disk): Wanted {
  return { path, serial, sizeBytes, wwn, allowMember: true }
}

/** The disks of this machine, behind those that were named. Throws FlashError `device` when they cannot be listed. */
export async function listTargets(named: readonly string[], run: Run): Promise<Disk[]> {
  const first = await Promise.all(named.map((path) => namedTarget(path, run)))
  const disks = await listDisks(run)
  return [...first, ...disks.filter(({ path }) => !named.includes(path))]
}
