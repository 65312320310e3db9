import { z } from 'zod/mini'
import type { BlockNode } from '../lsblk.ts'
import type { Drive } from './drives.ts'
import type { PlacedNode } from './from-nodes.ts'

const text = z.optional(z.nullable(z.string()))
const flag = z.optional(z.nullable(z.boolean()))
const size = z.optional(z.nullable(z.number().check(z.nonnegative())))
/** PowerShell prints an enumeration by its name or, in another version, by its number. */
const enumeration = z.optional(z.nullable(z.union([z.string(), z.number()])))

const Partition = z.object({
  PartitionNumber: z.number(),
  Size: size,
  GptType: text,
  AccessPaths: z.optional(z.nullable(z.array(z.string()))),
  FileSystem: text,
  Label: text,
})
const WindowsDisk = z.object({
  Number: z.int().check(z.nonnegative()),
  FriendlyName: text,
  SerialNumber: text,
  UniqueId: text,
  BusType: enumeration,
  Size: size,
  LogicalSectorSize: size,
  PartitionStyle: enumeration,
  Location: text,
  IsBoot: flag,
  IsSystem: flag,
  IsReadOnly: flag,
  Partitions: z.optional(z.nullable(z.array(Partition))),
})
type WindowsDisk = z.infer<typeof WindowsDisk>

/** MSFT_Disk: BusType, PartitionStyle. */
const BUSES: Record<number, string> = {
  1: 'SCSI',
  3: 'ATA',
  7: 'USB',
  8: 'RAID',
  9: 'iSCSI',
  10: 'SAS',
  11: 'SATA',
  12: 'SD',
  13: 'MMC',
  15: 'File Backed Virtual',
  16: 'Storage Spaces',
  17: 'NVMe',
}
const STYLES: Record<string, string> = { '1': 'dos', '2': 'gpt', MBR: 'dos', GPT: 'gpt' }
/** GPT types of parts of larger volumes: logical disk manager, Storage Spaces. */
const MEMBER_TYPES: Record<string, string> = {
  '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3': 'LDM',
  'af9b60a0-1431-4f62-bc68-3311714a69ad': 'LDM',
  'e75caf8f-f680-4cee-afa3-b001e56efc2d': 'StoragePool',
}

/** Reads the JSON of the listing script. One disk is printed bare, none as nothing. Throws for what is no listing. */
export function windowsNodes(json: string, drives: readonly Drive[] | null): PlacedNode[] {
  const value: unknown = json.trim() === '' ? [] : JSON.parse(json)
  const disks = z.array(WindowsDisk).parse(Array.isArray(value) ? value : [value])
  return disks
    .filter((disk) => !/Virtual/.test(busOf(disk)))
    .map((disk) => {
      const path = `\\\\.\\PhysicalDrive${disk.Number}`
      const drive = drives?.find((each) => each.device.toLowerCase() === path.toLowerCase())
      return { node: diskNode(disk, path, drive), busPath: disk.Location?.trim() || null }
    })
}

function busOf({ BusType }: WindowsDisk): string {
  return typeof BusType === 'number' ? (BUSES[BusType] ?? '') : (BusType ?? '')
}

function diskNode(disk: WindowsDisk, path: string, drive: Drive | undefined): BlockNode {
  const bus = busOf(disk)
  const children = (disk.Partitions ?? []).map((part) => partNode(part, disk.Number))
  const seen = new Set(children.flatMap((child) => child.mountpoints))
  return {
    ...EMPTY,
    name: String(disk.Number),
    path,
    devNo: String(disk.Number),
    sizeBytes: disk.Size ?? 0,
    type: 'disk',
    model: disk.FriendlyName?.trim() || null,
    serial: disk.SerialNumber?.trim() || null,
    wwn: disk.UniqueId?.trim() || null,
    tran: bus.toLowerCase() || null,
    removable: /^(?:USB|SD|MMC)$/.test(bus) || drive?.isRemovable === true,
    readonly: disk.IsReadOnly === true || drive?.isReadOnly === true,
    isSystem: disk.IsBoot === true || disk.IsSystem === true || drive?.isSystem === true,
    logicalBlockBytes: disk.LogicalSectorSize || 512,
    ptType: STYLES[String(disk.PartitionStyle)] ?? null,
    mountpoints: (drive?.mountpoints ?? [])
      .map(({ path: point }) => point)
      .filter((point) => !seen.has(point)),
    children,
  }
}

function partNode(part: z.infer<typeof Partition>, disk: number): BlockNode {
  const partType = part.GptType?.replace(/[{}]/g, '').toLowerCase() ?? null
  const member = MEMBER_TYPES[partType ?? '']
  const fsType = part.FileSystem?.trim().toLowerCase() || null
  return {
    ...EMPTY,
    name: `${disk}-${part.PartitionNumber}`,
    path: `partition ${part.PartitionNumber}`,
    sizeBytes: part.Size ?? 0,
    type: 'part',
    fsType: fsType === 'fat32' || fsType === 'fat' ? 'vfat' : fsType,
    label: part.Label?.trim() || null,
    partType,
    signatures: member === undefined ? [] : [member],
    // Every volume has a path of its own; only letters and folders say that it is in use.
    mountpoints: (part.AccessPaths ?? []).filter((path) => !path.startsWith('\\\\?\\')),
  }
}

const EMPTY = {
  devNo: null,
  vendor: null,
  model: null,
  serial: null,
  removable: false,
  readonly: false,
  tran: null,
  logicalBlockBytes: 512,
  rotational: false,
  wwn: null,
  fsType: null,
  label: null,
  signatures: [],
  ptType: null,
  partType: null,
  mountpoints: [],
  children: [],
} satisfies Partial<BlockNode>
