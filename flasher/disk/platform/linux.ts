import type { Run } from '../../run.ts'
import { isCard, readBusPath } from '../bus-path.ts'
import { disksOf } from '../disk.ts'
import { examineDisks } from '../signatures.ts'
import { disksInUse } from '../use/in-use.ts'
import { readUseFacts } from '../use/read.ts'
import { drivelistDrives, witnessed } from './drives.ts'
import { openLinux } from './linux-open.ts'
import { probeLinux } from './linux-probe.ts'
import { unmountLinux } from './linux-unmount.ts'
import type { DiskPlatform } from './platform.ts'

/** Disks through util-linux, /proc and /sys; drivelist, where it is installed, is a second witness. */
export function linuxPlatform(run: Run, { listDrives = drivelistDrives } = {}): DiskPlatform {
  return {
    async list() {
      const [nodes, facts, drives] = await Promise.all([examineDisks(run), readUseFacts(run), listDrives()])
      const busPaths = nodes.flatMap(({ devNo }): [string, string][] => {
        const busPath = devNo === null ? null : readBusPath(devNo)
        return busPath === null ? [] : [[devNo!, busPath]]
      })
      const cards = new Set(nodes.flatMap(({ devNo }) => (devNo !== null && isCard(devNo) ? [devNo] : [])))
      const disks = disksOf(nodes, { use: disksInUse(facts), busPaths: new Map(busPaths), cards })
      return witnessed(disks, drives)
    },
    probe: (path) => probeLinux(path, run),
    unmount: (path) => unmountLinux(path, run),
    open: (target) => openLinux(target, run),
    async afterWrite(path) {
      const { code } = await run('blockdev', ['--rereadpt', path], { timeoutMs: 30_000 })
      if (code !== 0) await run('partx', ['--update', path], { timeoutMs: 30_000 })
      await run('udevadm', ['settle', '--timeout=10'], { timeoutMs: 15_000 })
    },
  }
}
