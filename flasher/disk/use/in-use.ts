import { unescapeOctal } from './facts.ts'
import type { DevNo, Mount, Swap, UseFacts } from './facts.ts'

/** Mount points (swap shows as `[SWAP]`) that stand on each device, also through LVM, RAID, loop files and overlays. */
export type DiskUse = ReadonlyMap<DevNo, readonly string[]>

/** Follows every mount and swap down to all devices it stands on: volumes, partitions and whole disks. Pure. */
export function disksInUse(facts: UseFacts): DiskUse {
  const use = new Map<DevNo, string[]>()
  const note = (devices: ReadonlySet<DevNo>, point: string) => {
    for (const device of devices) {
      const points = use.get(device) ?? []
      if (!points.includes(point)) use.set(device, [...points, point])
    }
  }
  for (const mount of facts.mounts)
    note(
      under(facts, (walk) => walk.mount(mount)),
      mount.point,
    )
  for (const swap of facts.swaps) note(underSwap(facts, swap), '[SWAP]')
  return use
}

function underSwap(facts: UseFacts, { path, devNo }: Swap): ReadonlySet<DevNo> {
  return under(facts, (walk) => (devNo === null ? walk.path(path) : walk.device(devNo)))
}

/** Mounts and swaps that stand on any of `devices`, in the order in which they were made. Pure. */
export function usesOf(facts: UseFacts, devices: readonly DevNo[]): { mounts: Mount[]; swaps: Swap[] } {
  const meets = (found: ReadonlySet<DevNo>) => devices.some((device) => found.has(device))
  return {
    mounts: facts.mounts.filter((mount) => meets(under(facts, (walk) => walk.mount(mount)))),
    swaps: facts.swaps.filter((swap) => meets(underSwap(facts, swap))),
  }
}

interface Walk {
  mount(mount: Mount): void
  path(path: string): void
  device(devNo: DevNo): void
}

/** All devices that a walk comes by; each is entered once, so rings end. */
function under(facts: UseFacts, start: (walk: Walk) => void): ReadonlySet<DevNo> {
  const seen = new Set<DevNo>()
  const seenMounts = new Set<Mount>()
  const walk: Walk = {
    device(devNo) {
      if (seen.has(devNo)) return
      const block = facts.blocks.get(devNo)
      if (block === undefined) return
      seen.add(devNo)
      if (block.disk !== null) walk.device(block.disk)
      block.slaves.forEach(walk.device)
      if (block.backingFile !== null) walk.path(block.backingFile)
    },
    path(path) {
      const mount = mountOf(facts.mounts, path)
      if (mount !== null) walk.mount(mount)
    },
    mount(mount) {
      if (seenMounts.has(mount)) return
      seenMounts.add(mount)
      if (!mount.devNo.startsWith('0:')) return walk.device(mount.devNo)
      if (mount.fsType === 'btrfs') btrfsDevices(facts, mount).forEach(walk.device)
      if (mount.fsType === 'zfs') facts.zfs.get(mount.source.split('/')[0]!)?.forEach(walk.device)
      if (/^(?:overlay|aufs)$/.test(mount.fsType)) layersOf(mount.options).forEach(walk.path)
    },
  }
  start(walk)
  return seen
}

/** The last mount with the longest point that leads to `path`: later mounts hide earlier ones. */
function mountOf(mounts: readonly Mount[], path: string): Mount | null {
  let found: Mount | null = null
  for (const mount of mounts) {
    const inside =
      mount.point === '/' || path === mount.point || path.startsWith(`${mount.point.replace(/\/$/, '')}/`)
    if (inside && mount.point.length >= (found?.point.length ?? 0)) found = mount
  }
  return found
}

/** A btrfs mount names one device of it; the others belong to the same group. */
function btrfsDevices(facts: UseFacts, mount: Mount): readonly DevNo[] {
  const named = [...facts.blocks].find(([, block]) => mount.source === `/dev/${block.name}`)?.[0]
  const group = facts.btrfs.find((devices) => named !== undefined && devices.includes(named))
  // A source that is a link, as /dev/mapper/x: better too many devices in use than one too few.
  return group ?? (named === undefined ? facts.btrfs.flat() : [named])
}

/** Folders that an overlay or a union is made of; a backslash hides a colon. */
function layersOf(options: string): string[] {
  return options
    .split(',')
    .map(unescapeOctal)
    .flatMap((option) => /^(?:lowerdir\+?|upperdir|datadir\+?|br)[=:](.*)$/s.exec(option)?.[1] ?? [])
    .flatMap((list) => list.split(/(?<!\\):/))
    .map((path) => path.replace(/\\(.)/g, '$1').replace(/=(?:rw|ro|rr)[^/]*$/, ''))
    .filter((path) => path.startsWith('/'))
}
