/** Catalog rows as the images screen shows them, and the DHCP options of the cheat sheet. Pure. */
import type { CatalogEntry, ImageEntry, MachineView, NetbootState } from '../../server/api/index.ts'

export interface ImageRow {
  ref: string
  name: string
  src: string
  format: string | null
  arch: string | null
  sizeBytes: number | null
  sha256: string | null
  /** Scheme and host, the part that tells origins apart. */
  source: string
  usedBy: number
}

/** Joins catalog rows with the architecture that only `GET /images` tells, and counts the machines bound to each. */
export function imageRows(
  entries: readonly CatalogEntry[],
  images: readonly ImageEntry[],
  machines: Iterable<MachineView>,
): ImageRow[] {
  const arch = new Map(images.map((image) => [image.ref, image.arch]))
  const used = new Map<string, number>()
  for (const { bty_image_ref: ref } of machines) if (ref !== null) used.set(ref, (used.get(ref) ?? 0) + 1)
  return entries
    .map((entry) => ({
      ref: entry.bty_image_ref,
      name: entry.name,
      src: entry.src,
      format: entry.format,
      arch: arch.get(entry.bty_image_ref) ?? null,
      sizeBytes: entry.size_bytes,
      sha256: entry.disk_image_sha,
      source: sourceOf(entry.src),
      usedBy: used.get(entry.bty_image_ref) ?? 0,
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** `https · example.com`; the text itself when it is no URL. */
export function sourceOf(src: string): string {
  const found = /^([a-z]+):\/\/(?:[^/@\s]*@)?([^/?#\s]+)/i.exec(src)
  return found === null ? src : `${found[1]!.toLowerCase()} · ${found[2]!.toLowerCase()}`
}

/** The boot files a machine cannot do without are all there. */
export function mediaComplete(state: NetbootState): boolean {
  const trio = state.artifacts.filter(
    (a) => a.role === 'kernel' || a.role === 'initrd' || a.role === 'squashfs',
  )
  return trio.length > 0 && trio.every((artifact) => artifact.present)
}

export interface DhcpOption {
  option: string
  value: string
}

/** What to set on a DHCP server of one's own (wire contract 8.3). `advertised` is host and port. */
export function cheatSheet(advertised: string): { tftp: DhcpOption[]; http: DhcpOption[] } {
  const host = advertised.replace(/:\d+$/, '')
  return {
    tftp: [
      { option: '60', value: 'PXEClient' },
      { option: '66 / next-server', value: host },
      { option: '67, UEFI (arch 6, 7, 9)', value: 'ipxe.efi' },
      { option: '67, legacy BIOS (arch 0)', value: 'undionly.kpxe' },
      { option: '67, user class iPXE', value: `http://${advertised}/pxe-bootstrap.ipxe` },
    ],
    http: [
      { option: '60', value: 'HTTPClient' },
      { option: '66 / next-server', value: host },
      { option: '67', value: `http://${advertised}/boot/ipxe.efi` },
    ],
  }
}
