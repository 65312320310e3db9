/** iPXE scripts (wire contract 3). Pure text; commands exactly as the contract has them. */
import type { MachineRow } from '../store/types.ts'
import type { Decision } from './decide.ts'
import { trio } from './artifacts.ts'

/** iPXE's variable for the MAC of the network card in use, with hyphens. */
const MAC_VARIABLE = '${mac:hexhyp}'

/** `GET /pxe-bootstrap.ipxe`; with `?arch=` for clients that are not x86-64. */
export function bootstrapScript(host: string, arch?: string): string {
  return lines(
    '#!ipxe',
    `chain http://${host}/pxe/${MAC_VARIABLE}${arch === undefined ? '' : `?arch=${arch}`}`,
  )
}

/**
 * `autoexec.ipxe`: what iPXE's EFI builds run before anything else, fetched from where they were loaded. No interface is
 * configured at that point; where `dhcp` or `chain` fails, iPXE goes on with its own autoboot. A script that sends the machine
 * to its disk comes back here, and the firmware must be told of an error then: after a success its boot manager stops
 * going through the boot order and opens the setup (UEFI 2.10, 3.1.1; seen with OVMF).
 */
export function autoexecScript(host: string): string {
  return lines(
    '#!ipxe',
    'dhcp',
    'iseq ${buildarch} arm64 && set query ?arch=arm64 ||',
    `chain http://${host}/pxe-bootstrap.ipxe\${query}`,
    'exit 1',
  )
}

/** The boot script of one machine. `host` has the port; `version` is that of the active trio. */
export function bootScript(
  machine: MachineRow,
  decision: Decision,
  at: { host: string; version: string; arch?: string },
): string {
  return lines('#!ipxe', ...header(machine, decision), ...commands(machine, decision, at))
}

function commands(
  machine: MachineRow,
  { script, drive }: Decision,
  at: Parameters<typeof bootScript>[2],
): string[] {
  switch (script) {
    case 'live':
    case 'flash':
      return chain(machine.mac, at.host, at.version, at.arch)
    case 'local':
      return [`echo bty: booting the local disk (\${platform}, drive ${drive})`, 'sleep 1', localBoot(drive)]
    case 'exit-fallback': {
      const ref = machine.bty_image_ref?.slice(0, 12) ?? 'none'
      return [
        `echo bty: ${machine.mac} is ${word(machine.boot_mode)} with image ${ref}, which cannot be flashed; booting the local disk`,
        'sleep 1',
        localBoot(drive),
      ]
    }
    case 'no-assignment':
      return [
        `echo bty: ${machine.mac} has nothing assigned; booting the local disk`,
        'sleep 5',
        localBoot('0x80'),
      ]
  }
}

/** UEFI goes on in the firmware's boot order; BIOS boots the drive and falls back to the firmware. */
function localBoot(drive: string): string {
  return `iseq \${platform} efi && exit || sanboot --no-describe --drive ${drive} || exit`
}

function chain(mac: string, host: string, version: string, arch?: string): string[] {
  const files = trio(version, arch)
  const kernel = [
    `kernel \${bty-base}/boot/${files.kernel}?mac=${mac}`,
    ...kernelArguments('${bty-base}', files.squashfs, mac, arch),
  ]
  const initrd = `initrd \${bty-base}/boot/${files.initrd}?mac=${mac}`
  return [`set bty-base http://${host}`, kernel.join(' '), initrd, 'boot']
}

/** The live system's command line (wire contract 3.3). `base`: this server's URL, or the loader's variable that holds it. */
export function kernelArguments(base: string, squashfs: string, mac: string, arch?: string): string[] {
  return [
    'boot=live',
    // The initramfs makes a file name of this URL: it must carry no query.
    `fetch=${base}/boot/${squashfs}`,
    'components',
    'console=tty0',
    // The last console becomes /dev/console.
    ...(arch === 'arm64'
      ? ['console=ttyS0,115200', 'console=ttyAMA0,115200']
      : ['console=ttyS1,115200', 'console=ttyS0,115200', 'earlyprintk=ttyS0,115200']),
    'plymouth.enable=0',
    'modprobe.blacklist=nouveau,rndis_host',
    'nouveau.modeset=0',
    'systemd.gpt_auto=0',
    `bty.server=${base}`,
    `bty.mac=${mac}`,
  ]
}

function header(machine: MachineRow, { script, drive }: Decision): string[] {
  return [
    `# machine ${machine.mac}`,
    `# boot mode ${word(machine.boot_mode)}, drive ${drive}`,
    `# image ${machine.bty_image_ref ?? 'none'}`,
    `# labels ${machine.labels.length === 0 ? 'none' : machine.labels.map(word).join(', ')}`,
    ...(script === 'flash' ? [`# target disk ${word(machine.target_disk_serial ?? '')}`] : []),
  ]
}

/** Free text in a script: it stays on its line, does not join the next one (a backslash at the end would), expands nothing. */
function word(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f\\]/g, '?').replaceAll('${', '$ {')
}

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`
}
