import { chooseFormat } from './sniff.ts'
import type { FlashFormat, Sniffed } from './sniff.ts'
import type { Target } from '../disk/target.ts'

export interface Image {
  /** Address or path. */
  src: string
  /** What the file is called, where the address does not say it. */
  name?: string
  /** Format as a catalog or a plan declares it. */
  declaredFormat: string | null
  /** Digest over the bytes as stored, with or without `sha256:`. */
  sha256: string | null
  /** Digest that the address itself names. */
  pinnedSha256?: string | null
  /** Size as stored; null when unknown. */
  sizeBytes: number | null
  sniffed: Sniffed
  /** Why what is packed in it is no disk image. */
  insideProblem?: string | null
}

/** What the operator or the server meant to be overwritten. What is given here must still be so at the open. */
export interface Wanted {
  /** A link such as /dev/disk/by-id/... may stand for the device. */
  path: string
  /** Null: the disk has none, or nobody knows it. */
  serial: string | null
  sizeBytes?: number | null
  wwn?: string | null
  /** Where the disk is plugged in, as a disk list shows it. */
  busPath?: string | null
  /** The disk carries a part of LVM, RAID, ZFS, bcache or an encrypted volume, not in use now, and that may be lost. */
  allowMember?: boolean
  /** A part behind the image that must stay as it is. */
  keep?: Keep
}

/** What a flash leaves alone. While the rest is being written, and when it fails, the target begins with `head` instead of zeros. */
export interface Keep {
  /** Nothing at or behind this byte is touched; a multiple of 4096. */
  fromByte: number
  /** The first 512 bytes: a partition table that leads to what is kept, and nothing that boots. */
  head: Buffer
}

export interface FlashPlan {
  src: string
  target: Target
  format: FlashFormat
  /** Lower-case hex, or null when nothing is known. */
  sha256: string | null
  storedBytes: number | null
  /** Exact for raw images, a floor that is usually exact for compressed ones; null when unknown. */
  expandedBytes: number | null
}

/**
 * The flash, or every reason against it. Pure. `allowFile`: a regular file may stand for a disk. `firstBytes`: so much of the image is
 * written; all of it unless told.
 */
export function planFlash(
  image: Image,
  target: Target,
  wanted: Wanted,
  allowFile = false,
  firstBytes?: number,
): { plan: FlashPlan; problems: [] } | { plan: null; problems: string[] } {
  const { format, problem } = chooseFormat(image.src, image.declaredFormat, image.sniffed, image.name)
  const digest = readDigest(image.sha256)
  const expandedBytes = format === 'img' ? image.sizeBytes : image.sniffed.contentBytes
  const problems = [
    ...(problem === null ? formatProblems(image) : [problem]),
    ...pinProblems(image, digest),
    ...(digest === undefined ? [`${JSON.stringify(image.sha256)} is no sha256 digest`] : []),
    ...targetProblems(target, wanted, allowFile),
    ...fitProblems(target, wanted, firstBytes ?? expandedBytes),
  ]
  if (problems.length > 0) return { plan: null, problems }
  return {
    problems: [],
    plan: {
      src: image.src,
      target,
      format: format as FlashPlan['format'],
      sha256: digest ?? image.pinnedSha256 ?? null,
      storedBytes: image.sizeBytes,
      expandedBytes,
    },
  }
}

function formatProblems(image: Image): string[] {
  if (image.sizeBytes === 0) return [`${image.src} is empty`]
  return typeof image.insideProblem === 'string' ? [image.insideProblem] : []
}

/** The registry has other bytes under this name than the catalog means: a tag was moved. */
function pinProblems({ src, pinnedSha256 = null }: Image, digest: string | null | undefined): string[] {
  if (pinnedSha256 === null || typeof digest !== 'string' || digest === pinnedSha256) return []
  return [`${src} stands for sha256 ${pinnedSha256} now; expected is ${digest}`]
}

/** `undefined` for text that is no digest. */
function readDigest(text: string | null): string | null | undefined {
  if (text === null) return null
  return /^(?:sha256:)?([0-9a-f]{64})$/.exec(text.trim().toLowerCase())?.[1]
}

/** lsblk's types of what counts as a whole disk. */
const WHOLE = new Set(['disk', 'loop', 'mpath'])

/** Everything that speaks against overwriting the target. */
export function targetProblems(target: Target, wanted: Wanted, allowFile = false): string[] {
  const { path, holders } = target
  if (target.kind === 'missing') return [`${path} does not exist`]
  if (target.kind === 'other' || (target.kind === 'file' && !allowFile))
    return [`${path} is not a block device`]
  if (target.problem !== null) return [`${path} cannot be examined: ${target.problem}`]
  const problems = target.marks.map((mark) => `${path} ${mark}`)
  if (target.type === 'part') problems.push(`${path} is a partition, not a whole disk`)
  else if (target.kind === 'block' && !WHOLE.has(target.type ?? ''))
    problems.push(`${path} is a volume (${target.type ?? 'of no known type'}), not a whole disk`)
  if (holders.length > 0) problems.push(`${path} is held by ${holders.join(', ')}`)
  if (target.busy && problems.length === 0)
    problems.push(`${path} is held open by the kernel or another program (ZFS, btrfs, another flash)`)
  if (target.members.length > 0 && wanted.allowMember !== true)
    problems.push(
      `${path} carries ${target.members.join(' and ')}; it is overwritten only when that is explicitly allowed`,
    )
  return [...problems, ...identityProblems(target, wanted)]
}

/** Why the disk found is not the one that was meant. */
export function identityProblems(target: Target, wanted: Wanted): string[] {
  const { path } = target
  const problems: string[] = []
  if (wanted.serial !== null && target.serial !== wanted.serial)
    problems.push(`${path} has serial ${target.serial ?? '(none)'}; the plan is for ${wanted.serial}`)
  if (typeof wanted.sizeBytes === 'number' && target.sizeBytes !== wanted.sizeBytes)
    problems.push(`${path} holds ${target.sizeBytes} bytes; the plan is for a disk of ${wanted.sizeBytes}`)
  if (typeof wanted.wwn === 'string' && target.wwn !== wanted.wwn)
    problems.push(`${path} has WWN ${target.wwn ?? '(none)'}; the plan is for ${wanted.wwn}`)
  if (typeof wanted.busPath === 'string' && target.busPath !== wanted.busPath)
    problems.push(
      `${path} is plugged in at ${target.busPath ?? '(unknown)'}; the plan is for ${wanted.busPath}`,
    )
  return problems
}

function fitProblems(target: Target, { keep }: Wanted, bytes: number | null): string[] {
  if (bytes === null || target.sizeBytes === 0) return []
  if (keep !== undefined && bytes > keep.fromByte)
    return [`image needs ${bytes} bytes; ${target.path} has ${keep.fromByte} in front of what is kept`]
  return bytes <= target.sizeBytes
    ? []
    : [`image needs ${bytes} bytes; ${target.path} holds ${target.sizeBytes}`]
}
