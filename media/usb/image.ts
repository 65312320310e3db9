import { chmod, mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { createReadStream, createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from '../run.ts'
import { commandIn } from '../steps/libraries.ts'
import type { Identity } from './identity.ts'
import { SECTOR_BYTES, layoutFor, withTable } from './layout.ts'

export const IMAGES_LABEL = 'BTY_IMAGES'
export const ISO_LABEL = 'BTY_USBBOOT'

interface Options {
  /** Folder with everything that the ISO shows, among it `boot/grub/eltorito.img` and `boot/efi.img`. */
  tree: string
  bootCode: string
  /** Unpacked programs that build. */
  tools: string
  identity: Identity
  signal: AbortSignal
}

/** Writes the hybrid ISO: a CD for BIOS and UEFI whose sector 0 boots from a disk too. It has no partitions yet. */
export async function makeIso(
  { tree, bootCode, tools, identity, signal }: Options,
  target: string,
): Promise<void> {
  const [xorriso, ...first] = commandIn(tools, 'usr/bin/xorriso')
  await dateAll(tree, identity.epoch)
  const args = ['-as', 'mkisofs', '-quiet', '-o', target, '-V', ISO_LABEL, '-r', '-J', '-joliet-long']
  await run(
    xorriso,
    [
      ...first,
      // No settings of whoever builds.
      ...['-no_rc', ...args, `--modification-date=${identity.isoDate}`, '-partition_offset', '16'],
      ...['--grub2-mbr', bootCode, '-b', 'boot/grub/eltorito.img', '-no-emul-boot', '-boot-load-size', '4'],
      ...['-boot-info-table', '--grub2-boot-info', '-c', 'boot/grub/boot.cat'],
      ...['-eltorito-alt-boot', '-e', 'boot/efi.img', '-no-emul-boot', tree],
    ],
    { signal, env: { SOURCE_DATE_EPOCH: String(identity.epoch), TZ: 'UTC' } },
  )
}

interface Parts {
  /** The EFI system partition's image. */
  esp: string
  /** The unpacked `exfatprogs` with what it needs. */
  exfat: string
  identity: Identity
  signal: AbortSignal
}

/** Turns the ISO at `path` into the medium: the table of three partitions, a copy of the ESP, an empty exFAT. */
export async function addPartitions(
  path: string,
  { esp, exfat: tools, identity, signal }: Parts,
): Promise<void> {
  const layout = layoutFor((await stat(path)).size, (await stat(esp)).size)
  const [, espPart, imagesPart] = layout.partitions
  const exfat = `${path}.exfat`
  try {
    await makeExfat(exfat, imagesPart.sectors * SECTOR_BYTES, { tools, identity, signal })
    await using file = await open(path, 'r+')
    await file.truncate(layout.sectors * SECTOR_BYTES)
    await place(path, esp, espPart.start, signal)
    await place(path, exfat, imagesPart.start, signal)
    const sector0 = await readSector0(file)
    await file.write(withTable(sector0, layout, identity.signature), 0, SECTOR_BYTES, 0)
    await file.sync()
  } finally {
    await rm(exfat, { force: true })
  }
}

/** Writes an empty exFAT of that size, labelled as the live system looks for it. */
export async function makeExfat(
  path: string,
  bytes: number,
  { tools, identity, signal }: { tools: string; identity: Identity; signal: AbortSignal },
): Promise<void> {
  {
    await using file = await open(path, 'w')
    await file.truncate(bytes)
  }
  const tool = (name: string, args: string[]) => {
    const [command, ...first] = commandIn(tools, `usr/sbin/${name}`)
    return run(command, [...first, ...args, path], { signal })
  }
  await tool('mkfs.exfat', ['-L', IMAGES_LABEL, '-U', identity.exfatGuid])
  // mkfs takes the serial from the clock.
  await tool('tune.exfat', ['-I', `0x${identity.exfatSerial}`])
}

/** Writes the file `part` into `path`, from that sector on. */
export async function place(path: string, part: string, sector: number, signal: AbortSignal): Promise<void> {
  const target = createWriteStream(path, { flags: 'r+', start: sector * SECTOR_BYTES })
  await pipeline(createReadStream(part), target, { signal })
}

async function readSector0(file: FileHandle): Promise<Buffer> {
  const sector0 = Buffer.alloc(SECTOR_BYTES)
  await file.read(sector0, 0, SECTOR_BYTES, 0)
  return sector0
}

async function dateAll(folder: string, epoch: number): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // What a Rock Ridge reader shows must not depend on the builder's umask.
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
    await utimes(join(entry.parentPath, entry.name), epoch, epoch)
  }
  await utimes(folder, epoch, epoch)
}

/** Makes the folder of a file. */
export async function folderOf(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  return path
}
