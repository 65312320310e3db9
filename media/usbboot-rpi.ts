import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, open, rename, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { sourceDate } from './epoch.ts'
import { withNodeArm64 } from './netboot.ts'
import type { NetbootOptions } from './netboot.ts'
import { sha256Of } from './packages/fetch.ts'
import { openPackages } from './packages/open.ts'
import { rpiNames, trioNames } from './recipe.ts'
import type { RpiNames } from './recipe.ts'
import { BOARDS, FIRMWARE_FILES } from './rpi/boards.ts'
import type { Board } from './rpi/boards.ts'
import { makeBootPartition } from './rpi/boot-partition.ts'
import { commandLine, configText, FILES } from './rpi/config.ts'
import type { Build, Trees } from './steps/context.ts'
import { makeInitrd } from './steps/initrd.ts'
import { kernelDate, kernelFile } from './steps/kernel.ts'
import { preparePackages } from './steps/packages.ts'
import { filesBelow, makeRootTree } from './steps/root-tree.ts'
import { makeSquashfs } from './steps/squashfs.ts'
import { ARM64 } from './target.ts'
import { identityOf } from './usb/identity.ts'
import { makeExfat, place } from './usb/image.ts'
import { SECTOR_BYTES, withTable } from './usb/layout.ts'
import type { Layout } from './usb/layout.ts'
import { makeOverlay } from './usb/overlay.ts'
import { withWorkFolder } from './work-folder.ts'

const MIB_SECTORS = 2048
const IMAGES_SECTORS = 32 * MIB_SECTORS

/**
 * Builds the packed image for Raspberry Pi 4 and 5 and its `.sha256` into `out`, each file whole or not at all: a FAT with the boards' first
 * stages, a kernel and an initrd for each, and `BTY_IMAGES` as on the stick for PCs. Returns their names.
 */
export async function buildUsbbootRpi(given: NetbootOptions): Promise<RpiNames> {
  const options = await withNodeArm64(given)
  const { root, out, version, signal, log } = options
  const names = rpiNames(version)
  return withWorkFolder(out, async (work) => {
    const trees = await preparePackages({ ...options, arch: 'arm64' })
    const arm = await openPackages({ ...options, arch: 'arm64' }, ['kernelStable', 'rpiFirmware', 'exfat'])
    const { exfat } = await openPackages({ ...options, arch: 'amd64' }, ['exfat'])
    const epoch = sourceDate(await kernelDate(trees))
    const build: Build = { ...options, target: ARM64, work, names: trioNames(version, 'arm64'), epoch }
    const rootTree = join(work, 'root')
    await mkdir(rootTree)
    await makeRootTree(build, trees, rootTree)
    await makeSquashfs(build, trees, rootTree)
    const overlay = join(work, 'usb.initrd')
    await makeOverlay({ root, exfat: arm.exfat, epoch, signal }, join(work, 'overlay'), overlay)

    const files = new Map<string, string>()
    for (const name of FIRMWARE_FILES)
      files.set(name, await copied(join(arm.rpiFirmware, 'usr/lib/raspi-firmware', name), work))
    for (const board of BOARDS) {
      const kernel = board.kernel === 'kernel' ? trees.kernel : arm.kernelStable
      for (const [name, file] of await boardFiles(build, { ...trees, kernel }, { board, rootTree, overlay }))
        files.set(`${board.model}/${name}`, file)
    }
    const squashfs = join(work, build.names.squashfs)
    files.set('boot/extras.squashfs', squashfs)
    files.set(
      'boot/extras.squashfs.sha256',
      await written(work, 'extras.sha256', `${await sha256Of(squashfs)}  extras.squashfs\n`),
    )
    files.set('config.txt', await written(work, 'config.txt', configText()))
    const hashes = await Promise.all(
      [...files].map(async ([path, file]) => `${path} ${await sha256Of(file)}`),
    )
    const identity = identityOf([version, ...hashes.sort()], epoch)
    const line = await written(work, 'cmdline.txt', commandLine(version, identity.signature))
    for (const { model } of BOARDS) files.set(`${model}/${FILES.line}`, line)

    const boot = join(work, 'boot.fat')
    await makeBootPartition({ files, tools: trees.tools, serial: identity.fatSerial, epoch, signal }, boot)
    const images = join(work, 'images.exfat')
    await makeExfat(images, IMAGES_SECTORS * SECTOR_BYTES, { tools: exfat, identity, signal })
    const raw = join(work, 'disk.img')
    await assemble(raw, { boot, images, signature: identity.signature, signal })
    await pipeline(
      createReadStream(raw),
      createGzip({ level: 6 }),
      createWriteStream(join(work, names.image)),
      { signal },
    )
    await writeFile(join(work, names.sha256), `${await sha256Of(join(work, names.image))}  ${names.image}\n`)
    signal.throwIfAborted()
    // The sum last: who finds it finds the file that it names.
    for (const name of [names.image, names.sha256]) await rename(join(work, name), join(out, name))
    log(`${join(out, names.image)}: ${((await stat(join(out, names.image))).size / 1e6).toFixed(1)} MB`)
    return names
  })
}

/** A board's folder on the boot partition: kernel, initrd, device trees. */
async function boardFiles(
  build: Build,
  trees: Trees,
  { board, rootTree, overlay }: { board: Board; rootTree: string; overlay: string },
): Promise<[name: string, file: string][]> {
  const work = join(build.work, board.model)
  await mkdir(work)
  await makeInitrd({ ...build, work }, trees, rootTree)
  const initrd = join(work, FILES.initrd)
  // In this order: the packed archive has no end mark, so nothing can stand behind it.
  for (const [n, part] of [overlay, join(work, build.names.initrd)].entries())
    await pipeline(createReadStream(part), createWriteStream(initrd, { flags: n === 0 ? 'w' : 'a' }), {
      signal: build.signal,
    })
  const kernel = join(work, FILES.kernel)
  await copyFile(await kernelFile(trees), kernel)
  const deviceTrees = (await filesBelow(trees.kernel)).filter((file) => {
    const name = basename(file)
    return name.startsWith(board.deviceTrees) && name.endsWith('.dtb')
  })
  if (deviceTrees.length === 0)
    throw new Error(`${trees.kernel} has no device tree ${board.deviceTrees}*.dtb`)
  build.log(`${board.model}: ${deviceTrees.map((file) => basename(file, '.dtb')).join(', ')}`)
  const copies = await Promise.all(
    deviceTrees.map(
      async (file) => [basename(file), await copied(join(trees.kernel, file), work)] as [string, string],
    ),
  )
  return [[FILES.kernel, kernel], [FILES.initrd, initrd], ...copies]
}

interface Parts {
  boot: string
  images: string
  signature: string
  signal: AbortSignal
}

/** The disk: a table with a place left free, so that the images are the third partition, as on the stick for PCs. */
async function assemble(path: string, { boot, images, signature, signal }: Parts): Promise<void> {
  const bootSectors = (await stat(boot)).size / SECTOR_BYTES
  const start = MIB_SECTORS + bootSectors
  const layout: Layout = {
    partitions: [
      { type: 0x0c, bootable: true, start: MIB_SECTORS, sectors: bootSectors },
      { type: 0x00, bootable: false, start: 0, sectors: 0 },
      { type: 0x07, bootable: false, start, sectors: IMAGES_SECTORS },
    ],
    sectors: start + IMAGES_SECTORS,
  }
  await using file = await open(path, 'w')
  await file.truncate(layout.sectors * SECTOR_BYTES)
  await file.write(withTable(Buffer.alloc(SECTOR_BYTES), layout, signature), 0, SECTOR_BYTES, 0)
  await place(path, boot, MIB_SECTORS, signal)
  await place(path, images, start, signal)
}

/** A copy in `work`: what the cache holds keeps its date. */
async function copied(from: string, work: string): Promise<string> {
  const to = join(work, basename(from))
  await copyFile(from, to)
  return to
}

async function written(work: string, name: string, text: string): Promise<string> {
  await writeFile(join(work, name), text)
  return join(work, name)
}
