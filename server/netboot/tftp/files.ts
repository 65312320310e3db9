import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { grubEntry } from '../../boot/grub.ts'
import { autoexecScript } from '../../boot/ipxe.ts'
import type { TftpFile } from './server.ts'

/** The boot programs, under the names that DHCP servers in the field are set to and shim asks for. */
export const BINARIES = {
  'undionly.kpxe': ['undionly.kpxe'],
  'snponly.efi': ['snponly.efi', 'ipxe.efi'],
  'ipxe.efi': ['ipxe.efi', 'snponly.efi'],
  'snponly-arm64.efi': ['snponly-arm64.efi', 'ipxe-arm64.efi'],
  'ipxe-arm64.efi': ['ipxe-arm64.efi', 'snponly-arm64.efi'],
  'shimx64.efi': ['shimx64.efi'],
  'grubx64.efi': ['grubx64.efi'],
} as const satisfies Record<string, readonly string[]>

export const AUTOEXEC = 'autoexec.ipxe'

const GRUB_CONFIG = 'grub.cfg'

export type BootFile = keyof typeof BINARIES | typeof AUTOEXEC | typeof GRUB_CONFIG

/**
 * The file that a request names, or null. Firmware asks with a leading slash, with the folder of the program before it,
 * with backslashes and in capitals; the last part alone decides, and only names of the table exist.
 */
export function fileOf(name: string): BootFile | null {
  const base = baseName(name)
  return base === AUTOEXEC || base === GRUB_CONFIG || Object.hasOwn(BINARIES, base)
    ? (base as BootFile)
    : null
}

export function baseName(name: string): string {
  return name.split(/[/\\]/).at(-1)!.toLowerCase()
}

export interface TftpFilesOptions {
  ipxeDir: string
  /** The interface's address and the console's port there. */
  address: string
  httpPort: number
}

/** Opens the files of one interface. Null for an unknown name and for a binary that has not been built. */
export function tftpFiles({
  ipxeDir,
  address,
  httpPort,
}: TftpFilesOptions): (name: string) => Promise<TftpFile | null> {
  return async (name) => {
    const file = fileOf(name)
    if (file === null) return null
    if (file === AUTOEXEC) return inMemory(Buffer.from(autoexecScript(`${address}:${httpPort}`)))
    if (file === GRUB_CONFIG) return inMemory(Buffer.from(grubEntry(address, httpPort)))
    const bytes = await firstOf(BINARIES[file].map((candidate) => join(ipxeDir, candidate)))
    return bytes === null ? null : inMemory(bytes)
  }
}

export function inMemory(bytes: Uint8Array): TftpFile {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

async function firstOf(paths: string[]): Promise<Buffer | null> {
  for (const path of paths) {
    try {
      return await readFile(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return null
}
