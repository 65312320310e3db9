import type { Run } from '../../run.ts'
import { readBusPath } from '../bus-path.ts'
import { disksOf } from '../disk.ts'
import { examineDisks } from '../signatures.ts'
import { disksInUse } from '../use/in-use.ts'
import { readUseFacts } from '../use/read.ts'
import { openLinux } from './linux-open.ts'
import { probeLinux } from './linux-probe.ts'
import { unmountLinux } from './linux-unmount.ts'
import type { DiskPlatform } from './platform.ts'

/** Disks through util-linux, /proc and /sys. */
export function linuxPlatform(run: Run): DiskPlatform {
  return {
    async list() {
      const [nodes, facts] = await Promise.all([examineDisks(run), readUseFacts(run)])
      const busPaths = nodes.flatMap(({ devNo }): [string, string][] => {
        const busPath = devNo === null ? null : readBusPath(devNo)
        return busPath === null ? [] : [[devNo!, busPath]]
      })
      return disksOf(nodes, { use: disksInUse(facts), busPaths: new Map(busPaths) })
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
