import type { BlockNode } from './lsblk.ts'
import type { DiskUse } from './use/in-use.ts'

const SYSTEM_MOUNTS = new Set(['/', '/usr', '/var', '/boot', '/boot/efi', '/boot/firmware', '/efi'])
/** Where live-boot, casper, dracut and archiso mount the medium they came from. */
const MEDIUM_MOUNTS =
  /^\/(?:run|lib|usr\/lib)\/live\/(?:mount\/)?(?:medium|persistence\/)|^\/cdrom$|^\/run\/(?:initramfs\/live|archiso\/bootmnt)$/

/** Whether the running system or its boot medium is mounted at this point. */
export function isSystemMount(point: string): boolean {
  return isSystemFolder(point) || MEDIUM_MOUNTS.test(point)
}

function isSystemFolder(point: string): boolean {
  return SYSTEM_MOUNTS.has(point) || point.startsWith('/System/Volumes/') // the latter: macOS
}

/** Why a disk must not be flashed, each reason in words. `mounts`: all mount points on it. */
export function marksOf(node: BlockNode, mounts: readonly string[]): string[] {
  const marks: string[] = []
  if (node.isSystem === true || mounts.some((point) => isSystemFolder(point)))
    marks.push('holds the running system')
  if (mounts.some((point) => MEDIUM_MOUNTS.test(point))) marks.push('is the boot medium')
  if (node.readonly) marks.push('is read-only')
  if (node.sizeBytes === 0) marks.push('has no medium (size 0)')
  if (/^zram\d/.test(node.name)) marks.push('is compressed memory, not a disk')
  if (/^mmcblk\d+(?:boot\d|rpmb)/.test(node.name)) marks.push('is a boot area of an eMMC')
  if (mounts.length > 0) marks.push(`is in use: ${mounts.join(', ')}`)
  return marks
}

/** Mount points of the node and of all that lies on it, as lsblk and the kernel tell them; swap shows as `[SWAP]`. */
export function mountsOn(node: BlockNode, use: DiskUse): string[] {
  const points = [
    ...node.mountpoints,
    ...(use.get(node.devNo ?? '') ?? []),
    ...node.children.flatMap((child) => mountsOn(child, use)),
  ]
  return [...new Set(points)]
}
