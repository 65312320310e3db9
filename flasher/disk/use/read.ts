import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Run } from '../../run.ts'
import { devNoOf } from '../dev-no.ts'
import { parseMountinfo, parseSwaps } from './facts.ts'
import type { BlockFact, DevNo, Mount, UseFacts } from './facts.ts'

/** Reads how Linux uses its block devices. Never throws: what cannot be read is left out. */
export async function readUseFacts(run: Run): Promise<UseFacts> {
  const mounts = readMounts()
  return {
    mounts,
    swaps: parseSwaps(text('/proc/swaps') ?? '').map((path) => ({ path, devNo: deviceAt(path) })),
    blocks: readBlocks(),
    btrfs: namesIn('/sys/fs/btrfs')
      .map((id) => namesIn(`/sys/fs/btrfs/${id}/devices`).flatMap(numberOf))
      .filter((devices) => devices.length > 0),
    zfs: await readPools(mounts, run),
  }
}

/** Also those of process 1: a service with mounts of its own sees less. */
function readMounts(): Mount[] {
  const lines = `${text('/proc/1/mountinfo') ?? ''}\n${text('/proc/self/mountinfo') ?? ''}`
  return parseMountinfo([...new Set(lines.split('\n'))].join('\n'))
}

function readBlocks(): Map<DevNo, BlockFact> {
  return new Map(
    namesIn('/sys/dev/block').flatMap((devNo): [DevNo, BlockFact][] => {
      const dir = attempt(() => realpathSync(`/sys/dev/block/${devNo}`))
      if (dir === null) return []
      const backing = text(`${dir}/loop/backing_file`)
      const fact = {
        name: basename(dir).replaceAll('!', '/'),
        disk: existsSync(`${dir}/partition`) ? text(`${dirname(dir)}/dev`) : null,
        slaves: namesIn(`${dir}/slaves`).flatMap((name) => text(`${dir}/slaves/${name}/dev`) ?? []),
        backingFile: backing?.replace(/ \(deleted\)$/, '') || null,
      }
      return [[devNo, fact]]
    }),
  )
}

async function readPools(mounts: readonly Mount[], run: Run): Promise<Map<string, DevNo[]>> {
  if (!mounts.some((mount) => mount.fsType === 'zfs') && !existsSync('/sys/module/zfs')) return new Map()
  const { stdout } = await run('zpool', ['list', '-vHPL'], { timeoutMs: 10_000 })
  return poolsOf(stdout, deviceAt)
}

/** Reads `zpool list -vHPL`: pools at the margin, their devices indented below. */
export function poolsOf(listing: string, numberAt: (path: string) => DevNo | null): Map<string, DevNo[]> {
  const pools = new Map<string, DevNo[]>()
  let devices: DevNo[] = []
  for (const line of listing.split('\n')) {
    const [indent, name = ''] = line.split('\t')
    if (indent) pools.set(indent, (devices = []))
    const devNo = name.startsWith('/') ? numberAt(name) : null
    if (devNo !== null) devices.push(devNo)
  }
  return pools
}

function numberOf(name: string): DevNo[] {
  const devNo = text(`/sys/class/block/${name}/dev`)
  return devNo === null ? [] : [devNo]
}

function deviceAt(path: string): DevNo | null {
  return attempt(() => {
    const found = statSync(path)
    return found.isBlockDevice() ? devNoOf(found.rdev) : null
  })
}

function namesIn(dir: string): string[] {
  return attempt(() => readdirSync(dir)) ?? []
}

function text(path: string): string | null {
  return attempt(() => readFileSync(path, 'utf8').trim())
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
