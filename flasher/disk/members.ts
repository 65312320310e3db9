import type { BlockNode } from './lsblk.ts'

/** What libblkid, diskutil and Get-Disk's adapter call the parts of larger things, in words. A disk that carries one may hold data of other disks too. */
const MEMBERS: readonly [type: RegExp, words: string][] = [
  [/^LVM[12]_member$/, 'an LVM physical volume'],
  [/^linux_raid_member$/, 'a member of a Linux RAID'],
  [/^zfs_member$/, 'a member of a ZFS pool'],
  [/^bcache$/, 'a part of a bcache'],
  [/^crypto_LUKS$/, 'an encrypted volume (LUKS)'],
  [/^ceph_bluestore$/, 'a Ceph store'],
  [/^drbd$/, 'a DRBD volume'],
  [/^VMFS(?:_volume_member)?$/, 'a VMware volume'],
  [/^stratis$/, 'a Stratis pool'],
  [/^Apple_RAID/, 'a member of an Apple RAID'],
  [/^Apple_CoreStorage$/, 'a part of a CoreStorage volume'],
  [/^LDM$/, 'a part of a Windows dynamic disk'],
  [/^StoragePool$/, 'a part of a Windows storage pool'],
  [/_raid_member$/, 'a member of a firmware RAID'],
  [/_member$/, 'a part of a larger volume'],
]

/** Signatures of LVM, RAID, ZFS, bcache, dm-crypt and the like on the disk and its partitions, each in words. */
export function membersOn(node: BlockNode): string[] {
  const own = node.signatures.flatMap((signature) => {
    const words = MEMBERS.find(([type]) => type.test(signature))?.[1]
    return words === undefined ? [] : [`${words} (${signature} on ${node.path})`]
  })
  return [...own, ...node.children.filter((child) => child.type === 'part').flatMap(membersOn)]
}

/** Devices that LVM, RAID, dm-crypt or bcache built on it and hold open. */
export function holdersOn(node: BlockNode): string[] {
  return node.children.flatMap((child) => [
    ...(child.type === 'part' ? [] : [`${child.path} (${child.type})`]),
    ...holdersOn(child),
  ])
}
