import type { BlockNode } from './lsblk.ts'

const TABLES: Record<string, string> = {
  gpt: 'GPT',
  dos: 'MBR',
  mac: 'Apple partition map',
  sun: 'Sun label',
}

/** GPT type GUIDs that tell what a disk is for (UAPI discoverable partitions, UEFI, Microsoft, Apple). */
const LINUX_ROOT = new Set([
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709', // x86-64
  'b921b045-1df0-41c3-af44-4c6f280d3fae', // arm64
])
const WINDOWS = new Set([
  'e3c9e316-0b5c-4db8-817d-f92df00215ae', // Microsoft reserved
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac', // Windows recovery
])
const APPLE = '7c3457ef-0000-11aa-aa11-00306543ecac' // APFS container

/** What is on a disk now, for people: `Windows, GPT, 4 partitions: vfat "EFI", ntfs "Data"`. Never empty. */
export function contentText(node: BlockNode): string {
  const parts = node.children.filter((child) => child.type === 'part')
  const hint = hintOf(node, parts)
  const table = node.ptType === null ? null : (TABLES[node.ptType] ?? node.ptType)
  if (parts.length === 0) {
    const own = fileSystemText(node)
    const facts = [hint, own, own === null && table !== null ? `${table}, no partitions seen` : null]
    return facts.filter((fact) => fact !== null).join(', ') || 'nothing recognised'
  }
  const systems = parts.map(fileSystemText).filter((text) => text !== null)
  const count = `${parts.length} partition${parts.length === 1 ? '' : 's'}`
  const list = systems.length === 0 ? '' : `: ${shortened(systems).join(', ')}`
  return [hint, table, `${count}${list}`].filter((fact) => fact !== null).join(', ')
}

function hintOf(node: BlockNode, parts: readonly BlockNode[]): string | null {
  const all = [node, ...parts]
  const has = (guids: ReadonlySet<string>) => parts.some((part) => guids.has(part.partType ?? ''))
  if (all.some((part) => part.label === 'BTY_IMAGES')) return 'bty live stick'
  if (has(WINDOWS)) return 'Windows'
  if (has(new Set([APPLE])) || parts.some((part) => part.fsType === 'apfs')) return 'macOS'
  if (has(LINUX_ROOT)) return 'Linux'
  if (node.fsType === 'iso9660' || parts.some((part) => part.fsType === 'iso9660'))
    return 'installation medium'
  return parts.some((part) => /^(?:ext[234]|xfs|btrfs|f2fs)$/.test(part.fsType ?? '')) ? 'Linux' : null
}

function fileSystemText(node: BlockNode): string | null {
  if (node.fsType === null) return null
  return node.label === null ? node.fsType : `${node.fsType} ${JSON.stringify(node.label)}`
}

function shortened(texts: readonly string[]): string[] {
  return texts.length <= 4 ? [...texts] : [...texts.slice(0, 4), `and ${texts.length - 4} more`]
}
