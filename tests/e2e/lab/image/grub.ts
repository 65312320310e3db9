/** GRUB 2's first sectors, put in place by hand: grub-bios-setup wants a block device with a partition scan. */

/** Where boot.img keeps the sector number of its next stage, 64 bits little endian. */
const KERNEL_SECTOR = 0x5c
/** A jump that boot.img keeps for floppies; two NOPs make it trust the BIOS's drive number, as for any hard disk. */
const DRIVE_CHECK = 0x66
/** The partition table and the disk signature of a sector 0 start here; boot code ends. */
const BOOT_CODE_BYTES = 440
/** Block list of core.img's own first sector: where the rest of it lies, 64 bits little endian. */
const BLOCK_LIST = 0x1f4

/** Sector 0 with GRUB's boot code: table and signature of `sector0` are kept. `coreSector`: where core.img begins. */
export function withBootCode(sector0: Buffer, bootImg: Buffer, coreSector: number): Buffer {
  const made = Buffer.from(sector0)
  bootImg.copy(made, 0, 0, BOOT_CODE_BYTES)
  made.writeBigUInt64LE(BigInt(coreSector), KERNEL_SECTOR)
  made.fill(0x90, DRIVE_CHECK, DRIVE_CHECK + 2)
  return made
}

/** core.img for a place at `coreSector`, in one piece. */
export function placedCore(coreImg: Buffer, coreSector: number): Buffer {
  const made = Buffer.from(coreImg)
  made.writeBigUInt64LE(BigInt(coreSector + 1), BLOCK_LIST)
  return made
}

/** Commands that GRUB runs from inside its own program or from its configuration: no menu before the kernel. */
export function bootCommands(espLabel: string, kernelLine: string): string {
  return [
    'set gfxpayload=text',
    `search --no-floppy --label --set=root ${espLabel}`,
    `linux /vmlinuz ${kernelLine}`,
    'initrd /initrd.img',
    'boot',
    '',
  ].join('\n')
}
