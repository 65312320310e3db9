import type { Run } from '../../run.ts'
import type { Disk } from '../disk.ts'
import type { OpenTarget } from '../open.ts'
import type { Target } from '../target.ts'
import type { Unmounted } from '../unmount.ts'
import { linuxPlatform } from './linux.ts'
import { macosPlatform } from './macos.ts'
import { windowsPlatform } from './windows.ts'

/** What an operating system has to offer for writing to whole disks. */
export interface DiskPlatform {
  /** All disks, also those that must not be flashed. Throws FlashError `device`. */
  list(): Promise<Disk[]>
  /** Never throws. */
  probe(path: string): Promise<Target>
  /** Frees a disk of its file systems. Throws FlashError `refused` for the disk of the running system. */
  unmount(path: string): Promise<Unmounted>
  /** Opens a probed disk for writing, as exclusively as the system can, and compares what was opened. Throws FlashError. */
  open(target: Target): Promise<OpenTarget>
  /** Lets the system see what was written. Best effort. */
  afterWrite(path: string): Promise<void>
}

/** The adapter for an operating system; others than macOS and Windows are taken for Linux. */
export function platformOf(os: NodeJS.Platform, run: Run): DiskPlatform {
  if (os === 'darwin') return macosPlatform(run)
  return os === 'win32' ? windowsPlatform(run) : linuxPlatform(run)
}
