import type { NetbootOptions } from './netboot.ts'

export type MediumOptions = NetbootOptions

export interface Medium {
  /** One line for the usage. */
  summary: string
  /** Builds the medium into `options.out`. Returns the names of all files that belong to it. */
  build(options: MediumOptions): Promise<string[]>
}

/** The media by name. A further one is a file of its own and an entry here. */
export const MEDIA: Record<string, Medium> = {
  'netboot-pc': {
    summary: 'kernel, initrd and squashfs for machines that boot from the network',
    build: async (options) => {
      const { buildNetbootPc } = await import('./netboot.ts')
      const { kernel, initrd, squashfs, manifest } = await buildNetbootPc(options)
      return [kernel, initrd, squashfs, manifest]
    },
  },
  'netboot-arm64': {
    summary: 'the same for arm64 machines with UEFI',
    build: async (options) => {
      const { buildNetbootArm64 } = await import('./netboot.ts')
      const { kernel, initrd, squashfs, manifest } = await buildNetbootArm64(options)
      return [kernel, initrd, squashfs, manifest]
    },
  },
  'usbboot-rpi': {
    summary: 'an image for Raspberry Pi 4 and 5, for SD cards and USB sticks',
    build: async (options) => {
      const { buildUsbbootRpi } = await import('./usbboot-rpi.ts')
      const { image, sha256 } = await buildUsbbootRpi(options)
      return [image, sha256]
    },
  },
  'usbboot-pc': {
    summary: 'netboot-pc, and from it an ISO for USB sticks',
    build: async (options) => {
      const { buildUsbbootPc } = await import('./usbboot-pc.ts')
      const { buildNetbootPc } = await import('./netboot.ts')
      const trio = await buildNetbootPc(options)
      const { iso, sha256 } = await buildUsbbootPc({ ...options, trio })
      return [trio.kernel, trio.initrd, trio.squashfs, trio.manifest, iso, sha256]
    },
  },
}
