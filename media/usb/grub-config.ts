import type { Identity } from './identity.ts'

/** Seconds that the menu is shown: long enough to press a key, no more. */
const MENU_SECONDS = 3

/** Path on the ISO of the file by which GRUB finds it. */
export function markerPath({ id }: Pick<Identity, 'id'>): string {
  return `/boot/bty-${id}`
}

/**
 * Kernel line of the medium (media contract 7.2). The serial port last, so `/dev/console` is there; `bty.medium` tells the live system which
 * disk it came from.
 */
export function kernelLine(version: string, { signature }: Pick<Identity, 'signature'>): string {
  return [
    'boot=live components noeject console=tty0 console=ttyS0,115200 plymouth.enable=0',
    'modprobe.blacklist=nouveau,rndis_host nouveau.modeset=0 systemd.gpt_auto=0',
    `bty.version=${version} bty.medium=${signature}`,
  ].join(' ')
}

/** GRUB's configuration, the same for BIOS and UEFI. A serial port is used where there is one, and missed nowhere. */
export function grubConfig(version: string, identity: Pick<Identity, 'id' | 'signature'>): string {
  const line = kernelLine(version, identity)
  // The netboot initrd ends with lz4 in its old format, which has no end mark: nothing can stand behind it.
  const entry = (title: string, more: string) => `menuentry "${title}" {
  linux /boot/vmlinuz ${line}${more}
  initrd /boot/usb.initrd /boot/initrd
}
`
  return `search --no-floppy --set=root --file ${markerPath(identity)}
set timeout=${MENU_SECONDS}
set default=0
set gfxpayload=text
if serial --unit=0 --speed=115200; then
  terminal_input console serial
  terminal_output console serial
fi
${entry(`bty ${version}`, '')}${entry(`bty ${version}, without graphics drivers`, ' nomodeset')}menuentry "Restart" {
  reboot
}
menuentry "Power off" {
  halt
}
`
}
