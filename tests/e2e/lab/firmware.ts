/** What a machine starts with. */
export type Firmware = 'bios' | 'uefi' | 'uefi-http' | 'uefi-secure' | 'uefi-arm64'

/** Only the firmware itself may write its variables: without that Secure Boot would be a suggestion. */
const LOCKED_FLASH = ['-global', 'driver=cfi.pflash01,property=secure,value=on']

const BOARDS: Record<Exclude<Firmware, 'bios'>, string[]> = {
  uefi: ['-machine', 'q35'],
  'uefi-http': ['-machine', 'q35'],
  'uefi-secure': ['-machine', 'q35,smm=on', ...LOCKED_FLASH],
  'uefi-arm64': ['-machine', 'virt', '-cpu', 'cortex-a72'],
}

/** QEMU's arguments. `vars`: this machine's own copy of OVMF's variables. */
export function firmwareArgs(firmware: Firmware, ovmfCode: string, vars: string): string[] {
  // Without graphics SeaBIOS, its boot ROMs and GRUB speak on the serial port.
  if (firmware === 'bios') return ['-machine', 'q35,graphics=off']
  return [
    ...BOARDS[firmware],
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${ovmfCode}`],
    ...['-drive', `if=pflash,format=raw,file=${vars}`],
    ...fwCfg('IPv6PXESupport', 'no'),
    // OVMF tries PXE before HTTP, for over a minute where nobody answers.
    ...fwCfg('IPv4PXESupport', firmware === 'uefi-http' ? 'no' : 'yes'),
  ]
}

function fwCfg(name: string, value: string): string[] {
  return ['-fw_cfg', `name=opt/org.tianocore/${name},string=${value}`]
}
