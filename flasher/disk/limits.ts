import { readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What the kernel says of a block device's queue (Documentation/ABI/stable/sysfs-block); null where it does not say. */
export interface DiskLimits {
  rotational: boolean | null
  removable: boolean | null
  /** Plugged in from outside or a card: USB, FireWire, SD. */
  hotplug: boolean | null
  queue_requests: number | null
  logical_block_bytes: number | null
  physical_block_bytes: number | null
  max_request_bytes: number | null
  discard_max_bytes: number | null
  write_zeroes_max_bytes: number | null
  scheduler: string | null
}

const UNKNOWN: DiskLimits = {
  rotational: null,
  removable: null,
  hotplug: null,
  queue_requests: null,
  logical_block_bytes: null,
  physical_block_bytes: null,
  max_request_bytes: null,
  discard_max_bytes: null,
  write_zeroes_max_bytes: null,
  scheduler: null,
}

/** Reads a device's limits. Never throws: on other systems, and for files, all of it is unknown. */
export async function readLimits(path: string, sysfs = '/sys'): Promise<DiskLimits> {
  try {
    const found = await stat(path)
    if (!found.isBlockDevice()) return UNKNOWN
    const major = (found.rdev >> 8) & 0xfff
    const minor = (found.rdev & 0xff) | ((found.rdev >> 12) & 0xfff00)
    return await limitsIn(await realpath(join(sysfs, 'dev/block', `${major}:${minor}`)))
  } catch {
    return UNKNOWN
  }
}

/** `dir`: the device's folder below /sys/devices. */
export async function limitsIn(dir: string): Promise<DiskLimits> {
  const text = async (name: string) =>
    (await readFile(join(dir, name), 'utf8').catch(() => null))?.trim() ?? null
  const number = async (name: string) => {
    const value = await text(name)
    return value !== null && /^\d+$/.test(value) ? Number(value) : null
  }
  const flag = async (name: string) => {
    const value = await number(name)
    return value === null ? null : value !== 0
  }
  const kibibytes = await number('queue/max_sectors_kb')
  return {
    rotational: await flag('queue/rotational'),
    removable: await flag('removable'),
    hotplug: /\/(?:usb|fw)\d/.test(dir) || (await text('device/type')) === 'SD',
    queue_requests: await number('queue/nr_requests'),
    logical_block_bytes: await number('queue/logical_block_size'),
    physical_block_bytes: await number('queue/physical_block_size'),
    max_request_bytes: kibibytes === null ? null : kibibytes * 1024,
    discard_max_bytes: await number('queue/discard_max_bytes'),
    write_zeroes_max_bytes: await number('queue/write_zeroes_max_bytes'),
    scheduler: /\[(.+)\]/.exec((await text('queue/scheduler')) ?? '')?.[1] ?? null,
  }
}
