import { readFileSync, realpathSync } from 'node:fs'
import type { DevNo } from './use/facts.ts'

/** Where the device is plugged in, or null. */
export function readBusPath(devNo: DevNo): string | null {
  try {
    return busPathOf(realpathSync(`/sys/dev/block/${devNo}`))
  } catch {
    return null
  }
}

/**
 * The part of a sysfs path that stays the same when a disk is plugged in again: bus, port and SCSI address, without the
 * host numbers that the kernel counts up. Null for devices without a bus. Pure.
 */
export function busPathOf(sysfsPath: string): string | null {
  const device = /^\/sys\/devices\/(.+?)\/(?:block|nvme|nvme-subsystem)\//.exec(sysfsPath)?.[1]
  if (device === undefined || device.startsWith('virtual')) return null
  const address = /\/\d+:(\d+:\d+:\d+)$/.exec(device)?.[1]
  const place = device.replace(/\/host\d+\/.*$/, '')
  return address === undefined ? place : `${place}/${address}`
}

/** An SD card, where what is soldered to the same kind of bus (eMMC) is none. */
export function isCard(devNo: DevNo): boolean {
  try {
    return readFileSync(`/sys/dev/block/${devNo}/device/type`, 'latin1').trim() === 'SD'
  } catch {
    return false // no MMC bus at all
  }
}
