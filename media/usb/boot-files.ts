import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../run.ts'
import { commandIn } from '../steps/libraries.ts'

export interface BootTrees {
  /** `grub-common` and `grub-pc-bin` with what they need. */
  grub: string
  /** `shim-signed`, `shim-helpers-amd64-signed` and `grub-efi-amd64-signed`. */
  signed: string
  /** Programs that build. */
  tools: string
}

interface Options {
  trees: BootTrees
  /** Text of GRUB's configuration. */
  config: string
  epoch: number
  signal: AbortSignal
}

/** All that GRUB needs on a BIOS machine, in its own program: no file is read before the configuration. */
const BIOS_MODULES = [
  ...['biosdisk', 'iso9660', 'part_msdos', 'search', 'search_fs_file', 'normal', 'configfile', 'linux'],
  ...['serial', 'terminal', 'echo', 'test', 'reboot', 'halt', 'minicmd', 'all_video'],
]

/**
 * Writes the El Torito image of BIOS machines to `target`, made by Debian trixie's own grub-mkimage. It reads
 * `/boot/grub/grub.cfg` of the disk or CD that it was loaded from.
 */
export async function makeBiosImage({ trees, signal }: Options, target: string): Promise<void> {
  const { grub } = trees
  const [command, ...first] = commandIn(grub, 'usr/bin/grub-mkimage')
  const args = ['-O', 'i386-pc-eltorito', '-d', join(grub, 'usr/lib/grub/i386-pc'), '-p', '/boot/grub']
  await run(command, [...first, ...args, '-o', target, ...BIOS_MODULES], { signal })
}

/** Boot code for sector 0; xorriso writes into it where the El Torito image lies. */
export function hybridBootCode({ grub }: BootTrees): string {
  return join(grub, 'usr/lib/grub/i386-pc/boot_hybrid.img')
}

/** Name on the ESP -> where the packages have it. shim is signed by Microsoft's key, the others by Debian's, which shim knows. */
const SIGNED: Record<string, string> = {
  'BOOTX64.EFI': 'usr/lib/shim/shimx64.efi.signed',
  'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed',
  'mmx64.efi': 'usr/lib/shim/mmx64.efi.signed',
}
const ESP_SECTORS = 8 * 2048

/** Writes the EFI system partition, FAT12, to `target`: shim, GRUB, GRUB's configuration. */
export async function makeEspImage(
  { trees, config, epoch, signal }: Options,
  work: string,
  target: string,
  serial: string,
): Promise<void> {
  const options = { signal, env: { SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC' } }
  await mkdir(work)
  await writeFile(target, Buffer.alloc(ESP_SECTORS * 512))
  const at = ['-i', target]
  const mtool = (name: string, args: string[]) => {
    const [command, ...first] = commandIn(trees.tools, `usr/bin/${name}`)
    return run(command, [...first, ...args], options)
  }
  await mtool('mformat', [
    ...at,
    '-T',
    String(ESP_SECTORS),
    '-h',
    '64',
    '-s',
    '32',
    '-v',
    'BTY_EFI',
    '-N',
    serial,
    '::',
  ])
  await mtool('mmd', [...at, '::/EFI', '::/EFI/BOOT', '::/EFI/debian', '::/boot', '::/boot/grub'])
  const put = async (name: string, to: string): Promise<void> => {
    await utimes(join(work, name), epoch, epoch)
    await mtool('mcopy', [...at, '-m', join(work, name), to])
  }
  for (const [name, from] of Object.entries(SIGNED)) {
    await copyFile(join(trees.signed, from), join(work, name))
    await put(name, `::/EFI/BOOT/${name}`)
  }
  await writeFile(join(work, 'grub.cfg'), config)
  // Debian's GRUB for CDs looks in the first, its GRUB for disks in the second.
  for (const folder of ['boot/grub', 'EFI/debian']) await put('grub.cfg', `::/${folder}/grub.cfg`)
}

/** Hashes of what goes into the boot images, for the medium's identity. */
export async function bootContent({ signed }: BootTrees): Promise<Buffer[]> {
  return Promise.all(Object.values(SIGNED).map((from) => readFile(join(signed, from))))
}
