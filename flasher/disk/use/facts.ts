/** A device number as the kernel writes it: `8:16`. */
export type DevNo = string

/** One line of /proc/self/mountinfo. */
export interface Mount {
  devNo: DevNo
  point: string
  fsType: string
  source: string
  /** Of the file system, comma-separated, special characters as `\054`. */
  options: string
}

export interface Swap {
  /** A device or a file. */
  path: string
  /** Of a device; null for a file. */
  devNo: DevNo | null
}

/** How a block device lies on others. */
export interface BlockFact {
  name: string
  /** The whole disk of a partition. */
  disk: DevNo | null
  /** What LVM, RAID, dm-crypt or bcache built it from. */
  slaves: DevNo[]
  /** The file behind a loop device. */
  backingFile: string | null
}

/** What the running system says of its use of block devices; plain data, read by `readUseFacts`. */
export interface UseFacts {
  mounts: Mount[]
  swaps: Swap[]
  blocks: ReadonlyMap<DevNo, BlockFact>
  /** The devices of each btrfs that is mounted: its mounts carry a number of their own. */
  btrfs: DevNo[][]
  /** The devices of each imported ZFS pool, by its name. */
  zfs: ReadonlyMap<string, DevNo[]>
}

export const NO_USE: UseFacts = { mounts: [], swaps: [], blocks: new Map(), btrfs: [], zfs: new Map() }

/** Reads /proc/PID/mountinfo (proc(5)); lines that are none are left out. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const [, , devNo, , point] = left.split(' ')
    const [fsType, source, options = ''] = right.split(' ')
    if (devNo === undefined || point === undefined || fsType === undefined || source === undefined) return []
    return [{ devNo, point: unescapeOctal(point), fsType, source: unescapeOctal(source), options }]
  })
}

/** Reads the names of /proc/swaps (proc(5)). */
export function parseSwaps(text: string): string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const name = line.split(/\s+/)[0]
      return name ? [unescapeOctal(name).replace(/ \(deleted\)$/, '')] : []
    })
}

/** The kernel writes blanks, tabs, newlines and backslashes in names as `\040`. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
}
