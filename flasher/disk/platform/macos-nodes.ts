import { z } from 'zod/mini'
import type { BlockNode } from '../lsblk.ts'
import type { Drive } from './drives.ts'
import type { PlacedNode } from './from-nodes.ts'
import type { Plist } from './plist.ts'

const text = z.optional(z.string())
const flag = z.optional(z.boolean())
const Volume = z.object({
  DeviceIdentifier: z.string(),
  Content: text,
  Size: z.optional(z.number()),
  VolumeName: text,
  MountPoint: text,
  /** A sealed system is mounted as a snapshot of its volume. */
  MountedSnapshots: z.optional(z.array(z.object({ SnapshotMountPoint: text }))),
})
type Volume = z.infer<typeof Volume>
const Whole = z.extend(Volume, {
  Partitions: z.optional(z.array(Volume)),
  APFSVolumes: z.optional(z.array(Volume)),
  APFSPhysicalStores: z.optional(z.array(z.object({ DeviceIdentifier: z.string() }))),
})
type Whole = z.infer<typeof Whole>
const Listing = z.object({ AllDisksAndPartitions: z.array(Whole) })
const Info = z.object({
  MediaName: text,
  IORegistryEntryName: text,
  BusProtocol: text,
  DeviceTreePath: text,
  DeviceBlockSize: z.optional(z.number()),
  TotalSize: z.optional(z.number()),
  Size: z.optional(z.number()),
  Internal: flag,
  Removable: flag,
  RemovableMedia: flag,
  Ejectable: flag,
  SolidState: flag,
  WritableMedia: flag,
  VirtualOrPhysical: text,
})

/** Identifiers, `disk4`, of all whole disks in `diskutil list -plist`, virtual ones included. Throws when it is none. */
export function wholeDisks(listing: Plist): string[] {
  return Listing.parse(listing)
    .AllDisksAndPartitions.filter((whole) => whole.APFSPhysicalStores === undefined)
    .map((whole) => whole.DeviceIdentifier)
}

/**
 * The real disks of a Mac in lsblk's shape. `infos`: `diskutil info -plist` by identifier; `profiles`: of
 * system_profiler, by identifier. Disk images and synthesized disks are left out. Throws for what is no listing.
 */
export function macNodes(
  listing: Plist,
  infos: ReadonlyMap<string, Plist>,
  profiles: ReadonlyMap<string, Profile>,
  drives: readonly Drive[] | null,
): PlacedNode[] {
  const all = Listing.parse(listing).AllDisksAndPartitions
  return all.flatMap((whole): PlacedNode[] => {
    const id = whole.DeviceIdentifier
    const info = Info.safeParse(infos.get(id)).data
    if (whole.APFSPhysicalStores !== undefined || info === undefined) return []
    if (info.VirtualOrPhysical === 'Virtual' || info.BusProtocol === 'Disk Image') return []
    const drive = drives?.find((each) => each.device === `/dev/${id}`)
    const { serial, location } = profiles.get(id) ?? NO_PROFILE
    const place = [info.DeviceTreePath, location].filter((part) => typeof part === 'string').join('@')
    return [{ node: diskNode(whole, info, all, serial, drive), busPath: place || null }]
  })
}

function diskNode(
  whole: Whole,
  info: z.infer<typeof Info>,
  all: readonly Whole[],
  serial: string | null,
  drive: Drive | undefined,
): BlockNode {
  const id = whole.DeviceIdentifier
  return {
    ...volumeNode(whole, all, 'disk'),
    devNo: id,
    sizeBytes: info.TotalSize ?? info.Size ?? whole.Size ?? 0,
    model: info.MediaName?.trim() || info.IORegistryEntryName?.trim() || null,
    serial,
    removable: info.RemovableMedia === true || info.Removable === true || info.Ejectable === true,
    readonly: info.WritableMedia === false || drive?.isReadOnly === true,
    tran: info.BusProtocol?.toLowerCase() ?? null,
    logicalBlockBytes: info.DeviceBlockSize ?? 512,
    rotational: info.SolidState === false,
    children: (whole.Partitions ?? []).map((part) => volumeNode(part, all, 'part')),
  }
}

const TABLES: Record<string, string> = {
  GUID_partition_scheme: 'gpt',
  FDisk_partition_scheme: 'dos',
  Apple_partition_scheme: 'mac',
}
const FILE_SYSTEMS: Record<string, string> = {
  EFI: 'vfat',
  Apple_APFS: 'apfs',
  Apple_HFS: 'hfsplus',
  Apple_HFSX: 'hfsplus',
  DOS_FAT_12: 'vfat',
  DOS_FAT_16: 'vfat',
  DOS_FAT_32: 'vfat',
  Windows_FAT_32: 'vfat',
}

function volumeNode(volume: Volume, all: readonly Whole[], type: 'disk' | 'part'): BlockNode {
  const id = volume.DeviceIdentifier
  const content = volume.Content ?? ''
  const fsType = content === '' || content in TABLES || /^[0-9A-F-]{36}$/i.test(content) ? null : content
  return {
    name: id,
    path: `/dev/${id}`,
    devNo: null,
    sizeBytes: volume.Size ?? 0,
    type,
    vendor: null,
    model: null,
    serial: null,
    removable: false,
    readonly: false,
    tran: null,
    logicalBlockBytes: 512,
    rotational: false,
    wwn: null,
    fsType: fsType === null ? null : (FILE_SYSTEMS[fsType] ?? fsType),
    label: volume.VolumeName || null,
    signatures: fsType === null ? [] : [fsType],
    ptType: TABLES[content] ?? null,
    partType: null,
    mountpoints: [...mountsOfVolume(volume), ...containerMounts(id, all)],
    children: [],
  }
}

function mountsOfVolume({ MountPoint, MountedSnapshots = [] }: Volume): string[] {
  return [MountPoint, ...MountedSnapshots.map((snapshot) => snapshot.SnapshotMountPoint)].filter(
    (point): point is string => point !== undefined && point !== '',
  )
}

/** Where volumes of the APFS containers are mounted that have a part of themselves on this partition. */
function containerMounts(id: string, all: readonly Whole[]): string[] {
  return all
    .filter((whole) => whole.APFSPhysicalStores?.some((store) => store.DeviceIdentifier === id))
    .flatMap((container) => (container.APFSVolumes ?? []).flatMap(mountsOfVolume))
}

const MAX_DEPTH = 32

/** What system_profiler knows of a disk beyond diskutil. */
export interface Profile {
  serial: string | null
  /** USB: bus and ports, `0x40120000`. */
  location: string | null
}

/** Serial and place by identifier, from the JSON of system_profiler: the disk's own or those of the device around it. */
export function profilesIn(report: unknown): Map<string, Profile> {
  const profiles = new Map<string, Profile>()
  const walk = (value: unknown, around: Profile, depth: number): void => {
    if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) return value.forEach((each) => walk(each, around, depth + 1))
    const node = value as Record<string, unknown>
    const own: Profile = {
      serial: word(node['device_serial']) ?? word(node['serial_num']) ?? around.serial,
      location: word(node['location_id'])?.split(' ')[0] ?? around.location,
    }
    const id = node['bsd_name']
    if (typeof id === 'string' && /^disk\d+$/.test(id)) profiles.set(id, own)
    // What hangs on a hub has its own serial or none.
    for (const [key, child] of Object.entries(node))
      walk(child, key === '_items' ? NO_PROFILE : own, depth + 1)
  }
  walk(report, NO_PROFILE, 0)
  return profiles
}

const NO_PROFILE: Profile = { serial: null, location: null }

function word(value: unknown): string | null {
  return typeof value === 'string' ? value.trim() || null : null
}
