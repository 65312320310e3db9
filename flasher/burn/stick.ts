import { open } from 'node:fs/promises'
import { FlashError } from '../errors.ts'
import { alignedBuffers } from '../disk/aligned.ts'
import { roundUp } from '../flash/blocks.ts'
import type { Keep } from '../flash/plan.ts'
import { readVolume } from '../exfat/read-volume.ts'
import type { ReadAt, VolumeFacts } from '../exfat/read-volume.ts'
import { isoVersion } from './iso-version.ts'
import { IMAGES_LABEL, imagesOnly, imagesPart, SECTOR_BYTES } from './table.ts'
import type { Part } from './table.ts'

/** A stick that a live medium was burnt to before. */
export interface Stick {
  /** Of the live system; null when it cannot be told, as after an update that was cut. */
  version: string | null
  images: Part
  /** In front of the images. */
  liveBytes: number
  /** What the images partition holds, or why it cannot be read. */
  volume: VolumeFacts | { problem: string }
  /** What an update must leave alone. */
  keep: Keep
}

/** Devices are read in multiples of this. */
const UNIT = 4096

/** Looks whether a disk is a bty stick; null when it is none. Writes nothing. Throws FlashError `device`. */
export async function lookAtStick(path: string, diskBytes: number): Promise<Stick | null> {
  try {
    await using file = await open(path, 'r')
    const read: ReadAt = async (at, bytes) => {
      const from = at - (at % UNIT)
      const length = roundUp(at + bytes - from, UNIT)
      const buffer = alignedBuffers(1, length)[0]!
      const { bytesRead } = await file.read(buffer, 0, length, from)
      if (bytesRead < at + bytes - from) throw new Error(`${path} ends at ${from + bytesRead}`)
      return buffer.subarray(at - from, at - from + bytes)
    }
    return await readStick(read, diskBytes)
  } catch (cause) {
    throw new FlashError('device', `${path} cannot be read: ${(cause as Error).message}`, cause)
  }
}

async function readStick(read: ReadAt, diskBytes: number): Promise<Stick | null> {
  if (diskBytes < 64 * 1024) return null
  const head = Buffer.from(await read(0, SECTOR_BYTES))
  const images = imagesPart(head)
  if (images === null || (images.start + images.sectors) * SECTOR_BYTES > diskBytes) return null
  const liveBytes = images.start * SECTOR_BYTES
  if (liveBytes < 64 * 1024) return null
  const volume = await readVolume((at, bytes) => read(liveBytes + at, bytes), images.sectors * SECTOR_BYTES)
  const version = await isoVersion(read)
  const isOurs = version !== null || ('label' in volume && volume.label === IMAGES_LABEL)
  if (!isOurs) return null
  return { version, images, liveBytes, volume, keep: { fromByte: liveBytes, head: imagesOnly(head, images) } }
}
