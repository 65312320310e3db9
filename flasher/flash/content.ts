import { readFrameHeader } from './zstd-frames.ts'

type Magic = readonly [name: string, at: number, bytes: string | readonly number[]]

/** Formats that are unpacked on the way to the disk, by their first bytes. */
const PACKED: readonly Magic[] = [
  ['img.gz', 0, [0x1f, 0x8b]],
  ['img.zst', 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ['img.xz', 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['img.bz2', 0, 'BZh'],
  ['qcow2', 0, 'QFI\xfb'],
]

/** What often lies behind a link to an image and is none, with what it is called. */
const FOREIGN: readonly Magic[] = [
  ['a tar archive; unpack it and offer the image inside', 257, 'ustar'],
  ['a zip archive; unpack it and offer the image inside', 0, 'PK\x03\x04'],
  ['an empty zip archive', 0, 'PK\x05\x06'],
  ['a 7z archive; unpack it and offer the image inside', 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['a rar archive; unpack it and offer the image inside', 0, 'Rar!\x1a\x07'],
  ['packed with lz4; unpack it, or pack it with zstd', 0, [0x04, 0x22, 0x4d, 0x18]],
  ['packed with lz4; unpack it, or pack it with zstd', 0, [0x02, 0x21, 0x4c, 0x18]],
  ['packed with lzip; unpack it, or pack it with zstd', 0, 'LZIP'],
  ['packed with lzop; unpack it, or pack it with zstd', 0, [0x89, 0x4c, 0x5a, 0x4f, 0x00]],
  ['a VMDK disk; convert it with "qemu-img convert -O raw"', 0, 'KDMV'],
  ['a VMDK descriptor; convert the disk with "qemu-img convert -O raw"', 0, '# Disk DescriptorFile'],
  ['a VDI disk; convert it with "qemu-img convert -O raw"', 64, [0x7f, 0x10, 0xda, 0xbe]],
  ['a VHD disk; convert it with "qemu-img convert -O raw"', 0, 'conectix'],
  ['a VHDX disk; convert it with "qemu-img convert -O raw"', 0, 'vhdxfile'],
  ['a Windows image (WIM), not a disk image', 0, 'MSWIM\0\0\0'],
  ['an Android sparse image; convert it with "simg2img"', 0, [0x3a, 0xff, 0x26, 0xed]],
  ['a PDF document', 0, '%PDF-'],
  ['a program (ELF)', 0, '\x7fELF'],
  ['a Debian package', 0, '!<arch>\n'],
]

export interface Sniffed {
  /** Format by magic bytes; null for anything that is not recognised, raw images included. */
  format: string | null
  /** Least size of the expanded image that the image promises; null when it promises none. */
  contentBytes: number | null
  /** What it is when it can be no disk image; null when nothing speaks against it. */
  foreign: string | null
  /** A partition table or the descriptor of an ISO 9660 file system is where a disk has it. */
  isDisk: boolean
}

/** What an image's first bytes say about it. */
export function sniff(head: Buffer): Sniffed {
  const skippable = head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50
  const format = skippable ? 'img.zst' : (PACKED.find((magic) => matches(head, magic))?.[0] ?? null)
  const foreign = FOREIGN.find((magic) => matches(head, magic))?.[0] ?? textual(head)
  return {
    format,
    contentBytes: contentBytes(format, head),
    foreign: format === null ? foreign : null,
    isDisk: isDisk(head),
  }
}

function contentBytes(format: string | null, head: Buffer): number | null {
  if (format === 'img.zst') return readFrameHeader(head)?.contentBytes ?? null
  if (format !== 'qcow2' || head.length < 32) return null
  const virtual = Number(head.readBigUInt64BE(24))
  return Number.isSafeInteger(virtual) ? virtual : null
}

/** MBR and protective MBR, GPT on sectors of 512 and 4096 bytes, ISO 9660. */
function isDisk(head: Buffer): boolean {
  return (
    matches(head, ['MBR', 510, [0x55, 0xaa]]) ||
    matches(head, ['GPT', 512, 'EFI PART']) ||
    matches(head, ['GPT', 4096, 'EFI PART']) ||
    matches(head, ['ISO', 32_769, 'CD001'])
  )
}

/** Error pages, answers of programs, checksum files, signatures. */
function textual(head: Buffer): string | null {
  const start = head
    .subarray(0, 512)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase()
  if (/^(?:<!doctype html|<html|<head|<body)/.test(start)) return 'a web page'
  if (start.startsWith('<?xml') || start.startsWith('<!doctype')) return 'an XML document'
  if (/^[{[]\s*["{[\]}]/.test(start)) return 'JSON text'
  if (start.startsWith('-----begin pgp')) return 'a signature'
  if (/^(?:sha256 \(|[0-9a-f]{32,128}[ \n])/.test(start)) return 'a list of checksums'
  return null
}

function matches(head: Buffer, [, at, bytes]: Magic): boolean {
  const wanted = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
  return head.length >= at + wanted.length && head.subarray(at, at + wanted.length).equals(wanted)
}
