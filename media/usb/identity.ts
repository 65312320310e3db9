import { createHash } from 'node:crypto'

/** Identifiers of one build of the medium, all from what is on it: the same content gives the same file. */
export interface Identity {
  /** Name of a file on the ISO by which GRUB finds it among all disks. */
  id: string
  /** MBR disk signature, eight hexadecimal digits; with `-03` behind it the kernel's PARTUUID of the images partition. */
  signature: string
  /** FAT volume serial, eight hexadecimal digits. */
  fatSerial: string
  exfatSerial: string
  exfatGuid: string
  /** The ISO's modification date as xorriso takes it, YYYYMMDDhhmmsscc in UTC. */
  isoDate: string
  /** Seconds since 1970 that every file is dated with. */
  epoch: number
}

/** `content`: texts and hashes that stand for everything on the medium. */
export function identityOf(content: string[], epoch: number): Identity {
  const hash = createHash('sha256')
  for (const part of [...content, String(epoch)]) hash.update(`${part.length}:${part}\n`)
  const hex = hash.digest('hex')
  const date = new Date(epoch * 1000).toISOString()
  return {
    id: hex.slice(0, 16),
    // Windows takes a signature of zero for a new disk.
    signature: `1${hex.slice(17, 24)}`,
    fatSerial: hex.slice(24, 32),
    exfatSerial: hex.slice(32, 40),
    exfatGuid: `${hex.slice(40, 48)}-${hex.slice(48, 52)}-4${hex.slice(53, 56)}-8${hex.slice(57, 60)}-${hex.slice(0, 12)}`,
    isoDate: `${date.replaceAll(/\D/g, '').slice(0, 14)}00`,
    epoch,
  }
}
