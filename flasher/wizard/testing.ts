/** Rows for tests. */
import type { Disk } from '../disk/list.ts'
import type { ListedImage } from './images.ts'

export function anImage(more: Partial<ListedImage> = {}): ListedImage {
  return {
    name: 'a.img',
    src: '/images/a.img',
    source: 'local',
    format: 'img',
    arch: null,
    sizeBytes: 1024 ** 2,
    sha256: null,
    description: null,
    ref: null,
    ...more,
  }
}

export function aDisk(path: string, marks: string[] = [], more: Partial<Disk['inventory']> = {}): Disk {
  const inventory = {
    path,
    size: '931.5G',
    type: 'disk' as const,
    vendor: 'ATA',
    model: 'Samsung SSD 860',
    serial: 'S3Z9NB0K',
    tran: 'sata',
    removable: false,
    readonly: false,
    mountpoints: [],
    ...more,
  }
  return {
    path,
    serial: inventory.serial,
    sizeBytes: 1000204886016,
    marks,
    warnings: [],
    model: [inventory.vendor, inventory.model].filter(Boolean).join(' ') || null,
    transport: inventory.tran,
    rotational: false,
    removable: inventory.removable,
    wwn: null,
    busPath: null,
    isSystem: false,
    mounts: [],
    content: 'Linux, GPT, 2 partitions: vfat "EFI", ext4 "root"',
    inventory,
  }
}
