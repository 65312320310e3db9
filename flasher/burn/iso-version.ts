import type { ReadAt } from '../exfat/read-volume.ts'

const BLOCK = 2048
const DESCRIPTOR_AT = 16 * BLOCK
const ROOT_RECORD_AT = 156
const MAX_FOLDER_BYTES = 64 * 1024
const MAX_FILE_BYTES = 64 * 1024

interface Place {
  at: number
  bytes: number
}

/** Version of the live system on a stick, from the kernel line of its GRUB (ISO 9660); null when there is none. Throws what `read` throws. */
export async function isoVersion(read: ReadAt): Promise<string | null> {
  const descriptor = await read(DESCRIPTOR_AT, BLOCK)
  if (descriptor.toString('latin1', 1, 6) !== 'CD001') return null
  let place: Place | null = placeOf(descriptor.subarray(ROOT_RECORD_AT))
  for (const name of ['BOOT', 'GRUB', 'GRUB.CFG']) {
    if (place === null || place.bytes > MAX_FOLDER_BYTES) return null
    place = found(await read(place.at, Math.ceil(place.bytes / BLOCK) * BLOCK), name)
  }
  if (place === null || place.bytes > MAX_FILE_BYTES) return null
  const text = (await read(place.at, Math.ceil(place.bytes / BLOCK) * BLOCK)).toString(
    'latin1',
    0,
    place.bytes,
  )
  return /\bbty\.version=([\w.+~-]{1,100})/.exec(text)?.[1] ?? null
}

/** The entry of a folder (ECMA-119, 9.1); its records do not cross blocks. */
function found(folder: Buffer, name: string): Place | null {
  for (let at = 0; at + 33 < folder.length;) {
    const bytes = folder[at]!
    if (bytes === 0) {
      at = (Math.floor(at / BLOCK) + 1) * BLOCK
      continue
    }
    const own = folder.toString('latin1', at + 33, at + 33 + folder[at + 32]!).replace(/\.?;1$/, '')
    if (own === name) return placeOf(folder.subarray(at))
    at += bytes
  }
  return null
}

function placeOf(record: Buffer): Place {
  return { at: record.readUInt32LE(2) * BLOCK, bytes: record.readUInt32LE(10) }
}
