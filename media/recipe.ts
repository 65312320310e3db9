/** What goes into the live media. Data only; the steps read it. */
import type { Target } from './target.ts'

export const SUITE = 'trixie'
/** Kernel and firmware: new network cards and disk controllers are in backports long before the next release. */
export const KERNEL_SUITE = 'trixie-backports'

/** The kernel, generic: the cloud one has no USB and few network cards. */
export const KERNEL_PACKAGES = ['linux-image-amd64']
export const KERNEL_PACKAGES_ARM64 = ['linux-image-arm64']
/** What the boards' first stages load, from Debian's non-free-firmware. */
export const RPI_FIRMWARE_PACKAGES = ['raspi-firmware']

/** Programs of the initrd. Their libraries come along, as the loader resolves them. */
export const SYSTEM_PACKAGES = [
  'busybox-static',
  'udev',
  'util-linux',
  'fdisk',
  'kmod',
  'libstdc++6',
  'lshw',
  'pci.ids',
  'pciutils',
  'usbutils',
  'ethtool',
  'efibootmgr',
  'dropbear-bin',
]

/** Firmware of network cards and disk controllers; of each package only the files that a module of ours names. */
export const FIRMWARE_PACKAGES = [
  'firmware-bnx2',
  'firmware-bnx2x',
  'firmware-cavium',
  'firmware-intel-misc',
  'firmware-misc-nonfree',
  'firmware-netronome',
  'firmware-qlogic',
  'firmware-realtek',
]

/** Processor microcode that the kernel loads before anything else; firmware of old machines brings none that is current. */
export const MICROCODE_PACKAGES = ['amd64-microcode', 'intel-microcode']

/** Diagnostics of the squashfs, fetched by `bty-extras` when somebody wants them. */
export const EXTRA_PACKAGES = ['nvme-cli', 'smartmontools', 'parted', 'gdisk', 'busybox-static']

/**
 * Folders and files below the kernel's module tree, without ending. What a machine needs to reach the network, its disks and its keyboard; the
 * modules that they depend on come along.
 */
export const MODULES = [
  'kernel/drivers/ata/',
  'kernel/drivers/block/',
  'kernel/drivers/firewire/',
  'kernel/drivers/hid/hid',
  'kernel/drivers/hid/hid-generic',
  'kernel/drivers/hid/usbhid/',
  'kernel/drivers/hv/',
  'kernel/drivers/i2c/busses/i2c-i801',
  'kernel/drivers/input/serio/',
  'kernel/drivers/input/keyboard/',
  'kernel/drivers/md/dm-mod',
  'kernel/drivers/message/fusion/',
  'kernel/drivers/mmc/',
  'kernel/drivers/net/ethernet/',
  'kernel/drivers/net/fjes/',
  'kernel/drivers/net/hyperv/',
  'kernel/drivers/net/mdio/',
  'kernel/drivers/net/phy/',
  'kernel/drivers/net/usb/',
  'kernel/drivers/net/virtio_net',
  'kernel/drivers/net/vmxnet3/',
  'kernel/drivers/net/xen-netfront',
  'kernel/drivers/nvme/',
  'kernel/drivers/pci/controller/',
  'kernel/drivers/scsi/',
  'kernel/drivers/ufs/',
  'kernel/drivers/usb/common/',
  'kernel/drivers/usb/core/',
  'kernel/drivers/usb/dwc3/',
  'kernel/drivers/usb/host/',
  'kernel/drivers/usb/storage/',
  'kernel/drivers/usb/typec/',
  'kernel/drivers/virtio/',
  'kernel/drivers/xen/',
  'kernel/fs/efivarfs/',
  'kernel/fs/exfat/',
  'kernel/fs/ext4/',
  'kernel/fs/fat/',
  'kernel/fs/isofs/',
  'kernel/fs/nls/',
  'kernel/fs/overlayfs/',
  'kernel/fs/squashfs/',
]

/** What a system on a chip needs beside them before its disks and its network card are there. */
const MODULES_ARM64 = [
  'kernel/drivers/clk/',
  'kernel/drivers/dma/',
  'kernel/drivers/firmware/',
  'kernel/drivers/gpio/',
  'kernel/drivers/i2c/busses/',
  'kernel/drivers/iommu/',
  'kernel/drivers/mailbox/',
  'kernel/drivers/mfd/',
  'kernel/drivers/misc/rp1/',
  'kernel/drivers/phy/',
  'kernel/drivers/pinctrl/',
  'kernel/drivers/pmdomain/',
  'kernel/drivers/power/reset/',
  'kernel/drivers/regulator/',
  'kernel/drivers/reset/',
  'kernel/drivers/soc/',
  'kernel/drivers/spi/',
  'kernel/drivers/usb/chipidea/',
  'kernel/drivers/usb/dwc2/',
]

export function modulesFor({ arch }: Target): string[] {
  return arch === 'arm64' ? [...MODULES, ...MODULES_ARM64] : MODULES
}

/** Of the folders above, what no bare machine boots or flashes with. */
export const MODULES_LEFT_OUT = [
  'kernel/drivers/block/drbd/',
  'kernel/drivers/block/aoe/',
  'kernel/drivers/block/rbd',
  'kernel/drivers/block/zram/',
  'kernel/drivers/net/ethernet/netronome/',
  'kernel/drivers/net/usb/rndis_host',
  'kernel/drivers/nvme/target/',
  'kernel/drivers/scsi/fcoe/',
  'kernel/drivers/scsi/pcmcia/',
  'kernel/drivers/usb/gadget/',
]

/** Programs of the initrd, where Debian has them. */
export const PROGRAMS = [
  '/usr/bin/lsblk',
  '/usr/sbin/blkdiscard',
  '/usr/bin/setpriv',
  '/usr/sbin/blockdev',
  '/usr/bin/partx',
  '/usr/sbin/wipefs',
  '/usr/sbin/sfdisk',
  '/usr/bin/kmod',
  '/usr/bin/udevadm',
  '/usr/lib/udev/ata_id',
  '/usr/lib/udev/scsi_id',
  '/usr/bin/lshw',
  '/usr/bin/lspci',
  '/usr/bin/lsusb',
  '/usr/bin/efibootmgr',
  '/usr/sbin/blkid',
  '/usr/sbin/dropbear',
  '/usr/sbin/ethtool',
]

/** Rules by which udev loads drivers and learns serial numbers. */
export const UDEV_RULES = [
  '50-udev-default.rules',
  '60-block.rules',
  '60-persistent-storage.rules',
  '80-drivers.rules',
]

/** Names of busybox that the scripts and the shells use are linked to it; kmod's and util-linux's own names stay theirs. */
export const KMOD_LINKS = ['modprobe', 'insmod', 'rmmod', 'lsmod', 'modinfo', 'depmod']

/** Programs of the machine that builds; it unpacks the rest from Debian's packages, so that its own versions do not matter. */
export const BUILD_TOOLS: { program: string; package: string }[] = [
  { program: 'dpkg-deb', package: 'dpkg' },
  { program: 'flock', package: 'util-linux' },
]

/** What builds the media, run from its unpacked packages. */
export const TOOL_PACKAGES = ['binutils', 'kmod', 'lz4', 'mtools', 'squashfs-tools', 'xorriso', 'xz-utils']

/** What changes programs of another architecture. */
export const CROSS_TOOL_PACKAGES = ['binutils-aarch64-linux-gnu']

/** GRUB for BIOS machines, with the program that puts it together. */
export const BIOS_BOOT_PACKAGES = ['grub-common', 'grub-pc-bin']

/** What UEFI machines accept with Secure Boot on. */
export const SIGNED_BOOT_PACKAGES = ['shim-signed', 'shim-helpers-amd64-signed', 'grub-efi-amd64-signed']

/** Only on sticks: the network's live system has no use for exFAT. */
export const EXFAT_PACKAGES = ['exfatprogs']

export const STEPS = ['packages', 'agent', 'kernel', 'initrd', 'squashfs', 'manifest'] as const
export type Step = (typeof STEPS)[number]

export interface TrioNames {
  kernel: string
  initrd: string
  squashfs: string
  manifest: string
}

/** File names of the trio and its manifest, as servers and boot scripts know them. */
export function trioNames(version: string, arch = 'x86_64'): TrioNames {
  const stem = `bty-netboot-pc-${arch}-v${version}`
  return {
    kernel: `${stem}.vmlinuz`,
    initrd: `${stem}.initrd`,
    squashfs: `${stem}.squashfs`,
    manifest: `${stem}.sha256`,
  }
}

/** Libraries that udev opens by name when it needs them, so that no program's header lists them. */
export const OPENED_LIBRARIES = ['libkmod.so.2', 'libblkid.so.1', 'libacl.so.1']

export interface UsbNames {
  iso: string
  sha256: string
}

/** File names of the ISO for USB sticks and its sum. */
export function usbNames(version: string): UsbNames {
  const iso = `bty-usbboot-pc-x86_64-v${version}.iso`
  return { iso, sha256: `${iso}.sha256` }
}

export interface RpiNames {
  image: string
  sha256: string
}

/** File names of the image for Raspberry Pi boards and its sum. */
export function rpiNames(version: string): RpiNames {
  const image = `bty-usbboot-rpi-arm64-v${version}.img.gz`
  return { image, sha256: `${image}.sha256` }
}
