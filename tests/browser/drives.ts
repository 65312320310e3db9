import type { Disk } from '../../flasher/disk/list.ts'

/** A removable drive as the flasher lists it; whatever is said in `more` is so. */
export function drive(path: string, more: Partial<Disk> = {}): Disk {
  return {
    // The console never sends it on.
    inventory: {} as Disk['inventory'],
    path,
    serial: 'S1',
    sizeBytes: 31_000_000_000,
    marks: [],
    warnings: [],
    model: 'Test stick',
    transport: 'usb',
    rotational: false,
    removable: true,
    wwn: null,
    busPath: null,
    isSystem: false,
    mounts: [],
    content: 'no partition table',
    ...more,
  }
}
