import { z } from 'zod/mini'
import { FlashError } from '../errors.ts'
import type { Run } from '../run.ts'

/** A block device as lsblk sees it, with everything that lies on it; other systems' lists are brought into this shape. */
export interface BlockNode {
  name: string
  path: string
  /** `8:16`; null when lsblk does not say. */
  devNo: string | null
  sizeBytes: number
  /** `disk`, `part`, `loop`, `lvm`, `crypt`, `raid1` ... */
  type: string
  vendor: string | null
  model: string | null
  serial: string | null
  removable: boolean
  readonly: boolean
  tran: string | null
  logicalBlockBytes: number
  rotational: boolean
  wwn: string | null
  /** File system or other content, as libblkid names it: `ext4`, `LVM2_member`. */
  fsType: string | null
  label: string | null
  /** All contents found, not only the first: an old RAID signature may lie beside a new file system. */
  signatures: string[]
  /** Partition table: `gpt`, `dos`. */
  ptType: string | null
  /** Type of a partition, a GUID in lower case or `0x83`. */
  partType: string | null
  mountpoints: string[]
  /** The system says itself that it runs from here; Linux tells by mount points alone. */
  isSystem?: boolean
  children: BlockNode[]
}

const COLUMNS =
  'NAME,PATH,MAJ:MIN,SIZE,TYPE,VENDOR,MODEL,SERIAL,RM,RO,MOUNTPOINTS,TRAN,LOG-SEC,ROTA,WWN,FSTYPE,LABEL,PTTYPE,PARTTYPE'

/** Lists block devices, all or the one at `path` with its children. Throws FlashError `device`. */
export async function lsblk(run: Run, path?: string): Promise<BlockNode[]> {
  const args = ['-J', '-b', '-o', COLUMNS, ...(path === undefined ? [] : [path])]
  const { code, stdout, stderr } = await run('lsblk', args, { timeoutMs: 10_000 })
  if (code !== 0)
    throw new FlashError('device', `lsblk ended with ${code ?? 'no exit code'}: ${stderr.slice(0, 500)}`)
  return parseLsblk(stdout)
}

const text = z.optional(z.nullable(z.string()))
// Numbers and booleans come bare or, from old versions, as text: `true`, `"1"`, `500107862016`, `"500107862016"`.
const scalar = z.optional(z.nullable(z.union([z.string(), z.number(), z.boolean()])))
const Raw = z.object({
  name: z.string(),
  path: text,
  size: scalar,
  type: text,
  vendor: text,
  model: text,
  serial: text,
  rm: scalar,
  ro: scalar,
  tran: text,
  'log-sec': scalar,
  'maj:min': text,
  rota: scalar,
  wwn: text,
  fstype: text,
  label: text,
  pttype: text,
  parttype: text,
  mountpoints: z.optional(z.nullable(z.array(z.nullable(z.string())))),
  get children() {
    return z.optional(z.array(Raw))
  },
})
type Raw = z.infer<typeof Raw>
const Listing = z.object({ blockdevices: z.array(Raw) })

/** Reads the JSON of `lsblk -J -b`. Throws FlashError `device`. */
export function parseLsblk(json: string): BlockNode[] {
  try {
    return Listing.parse(JSON.parse(json)).blockdevices.map(toNode)
  } catch (cause) {
    throw new FlashError('device', `lsblk printed no listing: ${JSON.stringify(json.slice(0, 100))}`, cause)
  }
}

function toNode(raw: Raw): BlockNode {
  return {
    name: raw.name,
    path: raw.path ?? `/dev/${raw.name}`,
    devNo: trimmed(raw['maj:min']),
    sizeBytes: toNumber(raw.size) ?? 0,
    type: raw.type ?? '',
    vendor: trimmed(raw.vendor),
    model: trimmed(raw.model),
    serial: trimmed(raw.serial),
    removable: toBoolean(raw.rm),
    readonly: toBoolean(raw.ro),
    tran: trimmed(raw.tran),
    logicalBlockBytes: toNumber(raw['log-sec']) || 512,
    rotational: toBoolean(raw.rota),
    wwn: trimmed(raw.wwn),
    fsType: trimmed(raw.fstype),
    label: trimmed(raw.label),
    signatures: raw.fstype ? [raw.fstype] : [],
    ptType: trimmed(raw.pttype),
    partType: trimmed(raw.parttype)?.toLowerCase() ?? null,
    mountpoints: (raw.mountpoints ?? []).filter((point): point is string => point !== null && point !== ''),
    children: (raw.children ?? []).map(toNode),
  }
}

function trimmed(value: string | null | undefined): string | null {
  return value?.trim() || null
}

function toBoolean(value: string | number | boolean | null | undefined): boolean {
  return value === true || value === 1 || value === '1' || value === 'true'
}

function toNumber(value: string | number | boolean | null | undefined): number | null {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}
