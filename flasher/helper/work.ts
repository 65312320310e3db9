import { realpath } from 'node:fs/promises'
import { listDisks } from '../disk/list.ts'
import type { Disk } from '../disk/list.ts'
import { probeTarget } from '../disk/target.ts'
import { unmountDisk } from '../disk/unmount.ts'
import { fixedProblems } from '../burn/plan.ts'
import { FlashError } from '../errors.ts'
import { targetProblems } from '../flash/plan.ts'
import type { Run } from '../run.ts'
import { burnChecked, stickOn } from './burn.ts'
import { flashPlan } from './flash.ts'
import { helperNet } from './net.ts'
import type { ConfirmedTarget } from './messages.ts'
import type { HelperWork } from './session.ts'
import { confirmedDisk, flashableDisk } from './verify-plan.ts'

/** The helper's work on the disks of this machine. `testTargets`: files and loop devices may stand for disks. */
export function workOnDisks(run: Run, testTargets: boolean): HelperWork {
  /** The path of one target, or why it is not flashed. */
  async function check(disks: readonly Disk[], target: ConfirmedTarget): Promise<[string, string[]]> {
    const path = await realpath(target.path).catch(() => target.path)
    if (testTargets && !disks.some((disk) => disk.path === path))
      return [path, targetProblems(await probeTarget(path, run), { ...target, path }, true)]
    return [path, flashableDisk(disks, target, path).problems]
  }

  return {
    list: () => listDisks(run),
    async verify(targets) {
      const disks = await listDisks(run)
      const checked = await Promise.all(targets.map((target) => check(disks, target)))
      const problems = checked.flatMap(([, reasons]) => reasons)
      if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
      return checked.map(([path]) => path)
    },
    async unmount(target) {
      const path = await realpath(target.path).catch(() => target.path)
      const disks = await listDisks(run)
      const { problems } = confirmedDisk(disks, target, path)
      if (problems.length > 0 && !(testTargets && !disks.some((disk) => disk.path === path)))
        throw new FlashError('refused', problems.join('; '))
      return await unmountDisk(path, run)
    },
    flash: (plan, paths, options) => flashPlan(plan, paths, { ...options, run, allowFile: testTargets }),
    async verifyBurn({ targets, allowFixed = false }) {
      const disks = await listDisks(run)
      const checked = await Promise.all(targets.map((target) => check(disks, target)))
      const problems = checked.flatMap(([path, reasons]) => {
        const disk = disks.find((each) => each.path === path)
        // What only a test may name is no drive that could be built in.
        return [...reasons, ...(disk === undefined ? [] : fixedProblems(disk, allowFixed))]
      })
      if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
      return checked.map(([path]) => path)
    },
    net: helperNet,
    burn: (plan, paths, options) => burnChecked(plan, paths, { ...options, run, allowFile: testTargets }),
    async stick(target) {
      const disks = await listDisks(run)
      const path = await realpath(target.path).catch(() => target.path)
      const { problems } = confirmedDisk(disks, target, path)
      if (problems.length > 0 && !(testTargets && !disks.some((disk) => disk.path === path)))
        throw new FlashError('refused', problems.join('; '))
      return await stickOn(path, target.sizeBytes)
    },
  }
}
