import { writeFileSync } from 'node:fs'
import { noise } from './images.ts'

const MIB = 1024 * 1024
const SECTOR = 512
const BLOCK = 2048

export interface TestMedium {
  /** In front of the images partition. */
  liveBytes: number
  content: Buffer
}

/**
 * A stand-in for a live medium: the real one's layout, with noise in place of kernel and programs. ISO 9660 with GRUB's configuration in
 * `/boot/grub`, an MBR with three partitions, 32 MiB for images.
 */
export function testMedium(version: string, liveMiB = 12): TestMedium {
  const content = noise((liveMiB + 32) * MIB)
  content.fill(0, 0, 64 * SECTOR)
  content.fill(0xfa, 0, 440)
  content.writeUInt32LE(0x1abc2345, 440)
  const parts = [
    [0x00, 64, (liveMiB - 4) * 2048 - 64],
    [0xef, (liveMiB - 4) * 2048, 4 * 2048],
    [0x07, liveMiB * 2048, 32 * 2048],
  ] as const
  for (const [n, [type, start, sectors]] of parts.entries()) {
    const at = 446 + n * 16
    content[at + 4] = type
    content.writeUInt32LE(start, at + 8)
    content.writeUInt32LE(sectors, at + 12)
  }
  content.writeUInt16BE(0x55aa, 510)
  putIso(content, version)
  return { liveBytes: liveMiB * MIB, content }
}

/** Writes a medium to a file. */
export function writeMedium(path: string, version: string, liveMiB?: number): TestMedium {
  const medium = testMedium(version, liveMiB)
  writeFileSync(path, medium.content)
  return medium
}

function putIso(content: Buffer, version: string): void {
  const config = Buffer.from(`linux /boot/vmlinuz boot=live bty.version=${version} bty.medium=1abc2345\n`)
  const descriptor = content.subarray(16 * BLOCK, 17 * BLOCK).fill(0)
  descriptor.write('\x01CD001\x01', 0, 'latin1')
  descriptor.write('BTY_USBBOOT'.padEnd(32), 40, 'latin1')
  record('\0', 20, BLOCK).copy(descriptor, 156)
  const folders = [
    [20, record('BOOT', 21, BLOCK)],
    [21, record('GRUB', 22, BLOCK)],
    [22, record('GRUB.CFG;1', 23, config.length)],
  ] as const
  for (const [block, entry] of folders)
    entry.copy(content.subarray(block * BLOCK, (block + 1) * BLOCK).fill(0))
  config.copy(content, 23 * BLOCK)
}

function record(name: string, block: number, bytes: number): Buffer {
  const entry = Buffer.alloc(34 + name.length + (name.length % 2))
  entry[0] = entry.length
  entry.writeUInt32LE(block, 2)
  entry.writeUInt32LE(bytes, 10)
  entry[32] = name.length
  entry.write(name, 33, 'latin1')
  return entry
}
