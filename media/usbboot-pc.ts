import { createHash } from 'node:crypto'
import { copyFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sourceDate } from './epoch.ts'
import { sha256Of } from './packages/fetch.ts'
import { openPackages } from './packages/open.ts'
import type { Versions } from './packages/open.ts'
import { usbNames } from './recipe.ts'
import type { TrioNames, UsbNames } from './recipe.ts'
import { bootContent, hybridBootCode, makeBiosImage, makeEspImage } from './usb/boot-files.ts'
import { grubConfig, markerPath } from './usb/grub-config.ts'
import { identityOf } from './usb/identity.ts'
import { addPartitions, folderOf, makeIso } from './usb/image.ts'
import { makeOverlay } from './usb/overlay.ts'
import { withWorkFolder } from './work-folder.ts'

const SETS = ['biosBoot', 'signedBoot', 'exfat', 'tools'] as const

export interface UsbOptions {
  /** The repository. */
  root: string
  /** Folder with the netboot trio, where the ISO goes too. */
  out: string
  trio: TrioNames
  version: string
  /** Seconds since 1970 that all files are dated with. Default: SOURCE_DATE_EPOCH, else the kernel's date. */
  epoch?: number
  versions: Versions
  signal: AbortSignal
  log: (line: string) => void
}

/**
 * Builds the ISO for USB sticks and its `.sha256` from the netboot trio in `out`, each file whole or not at all. Returns their names.
 * The same trio gives the same ISO.
 */
export async function buildUsbbootPc(options: UsbOptions): Promise<UsbNames> {
  const { root, out, trio, version, signal, log } = options
  const names = usbNames(version)
  return withWorkFolder(out, async (work) => {
    const epoch = options.epoch ?? (await buildDate(join(out, trio.kernel)))
    const { biosBoot, signedBoot, exfat, tools } = await openPackages({ ...options, arch: 'amd64' }, SETS)
    const boot = { grub: biosBoot, signed: signedBoot, tools }
    const overlay = join(work, 'usb.initrd')
    await makeOverlay({ root, exfat, epoch, signal }, join(work, 'overlay'), overlay)
    const payload = [join(out, trio.kernel), join(out, trio.initrd), join(out, trio.squashfs), overlay]
    const hashes = await Promise.all(payload.map(sha256Of))
    const signed = (await bootContent(boot)).map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    // `bty-extras` holds the squashfs to it, so that a bad stick is told from a bad program.
    const sum = `${hashes[2]}  extras.squashfs\n`
    const identity = identityOf([version, ...hashes, ...signed], epoch)
    const config = grubConfig(version, identity)

    const tree = join(work, 'iso')
    const esp = await folderOf(join(tree, 'boot/efi.img'))
    for (const [n, name] of ['vmlinuz', 'initrd', 'extras.squashfs', 'usb.initrd'].entries())
      await copyFile(payload[n]!, join(tree, 'boot', name))
    await writeFile(join(tree, 'boot/extras.squashfs.sha256'), sum)
    await writeFile(join(tree, markerPath(identity)), `bty ${version}\n`)
    await writeFile(await folderOf(join(tree, 'boot/grub/grub.cfg')), config)
    const common = { trees: boot, config, epoch, signal }
    await makeBiosImage(common, join(tree, 'boot/grub/eltorito.img'))
    await makeEspImage(common, join(work, 'esp'), esp, identity.fatSerial)

    const iso = join(work, names.iso)
    await makeIso({ tree, bootCode: hybridBootCode(boot), tools, identity, signal }, iso)
    await addPartitions(iso, { esp, exfat, identity, signal })
    await writeFile(join(work, names.sha256), `${await sha256Of(iso)}  ${names.iso}\n`)
    signal.throwIfAborted()
    // The sum last: who finds it finds the file that it names.
    for (const name of [names.iso, names.sha256]) await rename(join(work, name), join(out, name))
    log(`${join(out, names.iso)}: ${((await stat(join(out, names.iso))).size / 1e6).toFixed(1)} MB`)
    return names
  })
}

/** The kernel's date; a finished trio keeps it. */
async function buildDate(kernel: string): Promise<number> {
  return sourceDate(Math.floor((await stat(kernel)).mtimeMs / 1000))
}
