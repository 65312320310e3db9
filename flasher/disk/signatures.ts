import { z } from 'zod/mini'
import type { Run } from '../run.ts'
import { lsblk } from './lsblk.ts'
import type { BlockNode } from './lsblk.ts'

export interface Signature {
  /** Kernel name of the device, `sda1`. */
  device: string
  /** As libblkid names it: `ext4`, `LVM2_member`, `gpt`. */
  type: string
  label: string | null
}

/**
 * Block devices with everything that is written on them. lsblk takes file systems from udev's records, which a small
 * system does not keep and which may be old; wipefs reads the disk. Throws FlashError `device` when lsblk fails.
 */
export async function examineDisks(run: Run, path?: string): Promise<BlockNode[]> {
  const nodes = await lsblk(run, path)
  return await Promise.all(nodes.map(async (node) => withSignatures(node, await readSignatures(node, run))))
}

async function readSignatures(node: BlockNode, run: Run): Promise<Signature[]> {
  if (!['disk', 'loop', 'part'].includes(node.type) || node.sizeBytes === 0) return []
  const parts = node.children.filter((child) => child.type === 'part')
  const paths = [node, ...parts].map((part) => part.path)
  const { stdout } = await run('wipefs', ['--no-act', '--json', ...paths], { timeoutMs: 10_000 })
  return parseWipefs(stdout)
}

const Listing = z.object({
  signatures: z.array(
    z.object({
      device: z.string(),
      type: z.string(),
      label: z.optional(z.nullable(z.string())),
    }),
  ),
})

/** Reads `wipefs --json`; empty for anything else, as it prints nothing at all for a blank disk. */
export function parseWipefs(text: string): Signature[] {
  try {
    return Listing.parse(JSON.parse(text)).signatures.map(({ label, ...rest }) => ({
      ...rest,
      label: label || null,
    }))
  } catch {
    return []
  }
}

const TABLES = /^(?:gpt|dos|PMBR|mac|sun|bsd|sgi|atari)$/
/** File systems whose first sector ends like that of a partition table. */
const LIKE_A_TABLE = /^(?:vfat|exfat|ntfs|BitLocker)$/

/** The nodes with what was read from the disks; what lsblk knew already stays. Pure. */
export function withSignatures(node: BlockNode, found: readonly Signature[]): BlockNode {
  const own = found.filter((signature) => signature.device === node.name)
  const types = own.map((signature) => signature.type)
  const content = own.filter((signature) => !TABLES.test(signature.type))
  const table = types.includes('gpt') ? 'gpt' : types.find((type) => TABLES.test(type) && type !== 'PMBR')
  const isTable = table !== undefined && !content.some((signature) => LIKE_A_TABLE.test(signature.type))
  return {
    ...node,
    fsType: node.fsType ?? content[0]?.type ?? null,
    label: node.label ?? content.find((signature) => signature.label !== null)?.label ?? null,
    ptType: node.ptType ?? (isTable ? table : null),
    signatures: [...new Set([...node.signatures, ...content.map((signature) => signature.type)])],
    children: node.children.map((child) => withSignatures(child, found)),
  }
}
