import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { unpackedPackages } from './debian.ts'
import { BIOS_BOOT_PACKAGES, EXFAT_PACKAGES, SIGNED_BOOT_PACKAGES, SUITE, usbNames } from './recipe.ts'
import type { TrioNames, UsbNames } from './recipe.ts'
import { bootContent, hybridBootCode, makeBiosImage, makeEspImage } from './usb/boot-files.ts'
import type { BootTrees } from './usb/boot-files.ts'
import { grubConfig, markerPath } from './usb/grub-config.ts'
import { identityOf } from './usb/identity.ts'
import { addPartitions, folderOf, makeIso } from './usb/image.ts'
import { makeOverlay } from './usb/overlay.ts'

export interface UsbOptions {
  /** The repository. */
  root: string
  /** Folder with the netboot trio, where the ISO goes too. */
  out: string
  trio: TrioNames
  version: string
  /** Seconds since 1970 that all files are dated with. Default: SOURCE_DATE_EPOCH, else the kernel's date. */
  epoch?: number
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
  const work = await mkdtemp(join(out, '.build-'))
  try {
    const epoch = options.epoch ?? (await buildDate(join(out, trio.kernel)))
    const { boot, exfat } = await prepareTrees(log)
    const overlay = join(work, 'usb.initrd')
    await makeOverlay({ root, exfat, epoch, signal }, join(work, 'overlay'), overlay)
    const payload = [join(out, trio.kernel), join(out, trio.initrd), join(out, trio.squashfs), overlay]
    const hashes = await Promise.all(payload.map(sha256))
    const signed = (await bootContent(boot)).map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    const identity = identityOf([version, ...hashes, ...signed], epoch)
    const config = grubConfig(version, identity)

    const tree = join(work, 'iso')
    const esp = await folderOf(join(tree, 'boot/efi.img'))
    for (const [n, name] of ['vmlinuz', 'initrd', 'extras.squashfs', 'usb.initrd'].entries())
      await copyFile(payload[n]!, join(tree, 'boot', name))
    await writeFile(join(tree, markerPath(identity)), `bty ${version}\n`)
    await writeFile(await folderOf(join(tree, 'boot/grub/grub.cfg')), config)
    const common = { trees: boot, config, epoch, signal }
    await makeBiosImage(common, join(tree, 'boot/grub/eltorito.img'))
    await makeEspImage(common, join(work, 'esp'), esp, identity.fatSerial)

    const iso = join(work, names.iso)
    await makeIso({ tree, bootCode: hybridBootCode(boot), identity, signal }, iso)
    await addPartitions(iso, { esp, exfat, identity, signal })
    await writeFile(join(work, names.sha256), `${await sha256(iso)}  ${names.iso}\n`)
    signal.throwIfAborted()
    // The sum last: who finds it finds the file that it names.
    for (const name of [names.iso, names.sha256]) await rename(join(work, name), join(out, name))
    log(`${join(out, names.iso)}: ${((await stat(join(out, names.iso))).size / 1e6).toFixed(1)} MB`)
    return names
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function prepareTrees(log: (line: string) => void): Promise<{ boot: BootTrees; exfat: string }> {
  const tree = (packages: string[], withDependencies: boolean) =>
    unpackedPackages({ suite: SUITE, packages, withDependencies, log })
  return {
    boot: { grub: await tree(BIOS_BOOT_PACKAGES, true), signed: await tree(SIGNED_BOOT_PACKAGES, false) },
    exfat: await tree(EXFAT_PACKAGES, true),
  }
}

async function buildDate(kernel: string): Promise<number> {
  const told = process.env['SOURCE_DATE_EPOCH']
  if (told === undefined) return Math.floor((await stat(kernel)).mtimeMs / 1000)
  if (!/^\d{1,10}$/.test(told))
    throw new Error(`SOURCE_DATE_EPOCH is "${told}"; seconds since 1970 are expected`)
  return Number(told)
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
