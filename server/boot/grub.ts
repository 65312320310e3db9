/** GRUB configurations: the boot scripts of machines whose firmware starts signed programs only. Pure text. */
import type { MachineRow } from '../store/types.ts'
import { trio } from './artifacts.ts'
import type { Decision } from './decide.ts'
import { kernelArguments } from './ipxe.ts'

/** Boot loaders on a disk in the order in which firmware would find them, below the EFI system partition. */
const LOADERS = [
  '/EFI/Microsoft/Boot/bootmgfw.efi',
  '/EFI/debian/shimx64.efi',
  '/EFI/ubuntu/shimx64.efi',
  '/EFI/BOOT/BOOTX64.EFI',
]

/**
 * `grub.cfg` as GRUB fetches it by TFTP from where it was loaded: names this server and goes on to the machine's own. Debian's GRUB 2.12
 * takes a port behind a colon; the comma of GRUB's manual it does not know. Its Host header has no port.
 */
export function grubEntry(address: string, httpPort: number): string {
  return lines(
    'set timeout=0',
    `set bty_net=http,${address}:${httpPort}`,
    `set bty_base=http://${address}:${httpPort}`,
    'export bty_net bty_base',
    ...again(['configfile (${bty_net})/pxe/${net_default_mac}/grub.cfg']),
  )
}

/** The boot script of one machine, by the decision that iPXE would get. `version` is that of the active trio. */
export function grubScript(
  machine: MachineRow,
  decision: Decision,
  { version, arch }: { version: string; arch?: string },
): string {
  return lines('set timeout=0', ...commands(machine, decision, version, arch))
}

function commands(machine: MachineRow, { script }: Decision, version: string, arch?: string): string[] {
  if (script === 'live' || script === 'flash') {
    const files = trio(version, arch)
    const at = (name: string) => `(\${bty_net})/boot/${name}?mac=${machine.mac}`
    const options = kernelArguments('${bty_base}', files.squashfs, machine.mac, arch)
    return again([
      `if linux ${at(files.kernel)} ${options.join(' ')}; then`,
      `  if initrd ${at(files.initrd)}; then`,
      '    boot',
      '  fi',
      'fi',
    ])
  }
  const why = {
    local: 'booting the local disk',
    'exit-fallback': 'cannot be flashed yet; booting the local disk',
    'no-assignment': 'has nothing assigned; booting the local disk',
  }[script]
  return [`echo ${quoted(`bty: ${machine.mac} ${why}`)}`, 'sleep 1', ...localBoot()]
}

/**
 * Starts what lies on a disk: many firmwares open their setup when the program that they loaded from the network comes back. Where
 * there is nothing to start, it does come back.
 */
function localBoot(): string[] {
  return LOADERS.flatMap((loader) => [
    // The loader is handed the root as the disk that it comes from, whatever its own path says.
    `if search --no-floppy --file --set=root ${loader}; then`,
    `  chainloader ${loader}`,
    '  boot',
    'fi',
  ]).concat('exit')
}

/** Some tries, because GRUB gives a connection up easily; then the firmware takes its next boot entry. */
function again(commands: string[]): string[] {
  const tries = [...commands, "echo 'bty: trying again'", 'sleep 2'].map((line) => `  ${line}`)
  return ['for try in 1 2 3 4 5; do', ...tries, 'done', 'exit']
}

/** In GRUB's single quotes nothing is expanded. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", ' ')}'`
}

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`
}
