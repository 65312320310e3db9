import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCacheDir, unpackedPackages } from '../../../media/debian.ts'
import { run } from '../../../media/run.ts'
import { bootCommands, placedCore, withBootCode } from './image/grub.ts'
import { IMAGE_SECTORS, PARTITIONS, SECTOR_BYTES, sfdiskScript } from './image/layout.ts'
import { MARKER, MODULES, initramfsInit, rootInit } from './image/userland.ts'

export interface TestImage {
  /** The raw disk image, to compare with. */
  raw: string
  sizeBytes: number
  /** Folder that an origin serves: `file` and `file.sha256`. */
  dir: string
  file: string
  /** Line that the booted image prints on its serial console. */
  marker: string
}

const ESP_LABEL = 'BTY_ESP'
const KERNEL_LINE = 'console=ttyS0,115200 panic=-1 loglevel=4'
const BIOS_MODULES = ['biosdisk', 'part_gpt', 'fat', 'search', 'search_label', 'linux']
/** Name on the ESP -> where Debian's packages have it: starts with Secure Boot on and off. */
const SIGNED = {
  'BOOTX64.EFI': 'usr/lib/shim/shimx64.efi.signed',
  'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed',
} as const
/** Bytes on the root partition that do not compress, so that a flash has something to do. */
const BALLAST_BYTES = 96 * 1024 * 1024

/**
 * A small bootable system as a disk image, for BIOS (GRUB in a BIOS boot partition) and UEFI (shim and GRUB on the ESP): Debian's
 * kernel, an initramfs, an ext4 root with an init of its own. Made once per recipe and kept in the build cache.
 */
export async function makeImage(log: (line: string) => void): Promise<TestImage> {
  const kernel = await fetchKernel(log)
  const sources = [import.meta.filename, ...['grub', 'layout', 'userland'].map(besideThis)]
  const hash = createHash('sha256').update(kernel.release)
  for (const file of sources) hash.update(await readFile(file))
  const key = hash.digest('hex').slice(0, 12)
  const dir = join(buildCacheDir(), 'e2e', `image-${key}`)
  if (!existsSync(dir)) {
    log(`making the test image ${key}`)
    const work = `${dir}.${process.pid}.part`
    await rm(work, { recursive: true, force: true })
    try {
      await build(work, key, kernel)
      await rename(work, dir)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }
  const raw = join(dir, 'disk.img')
  return {
    raw,
    sizeBytes: (await stat(raw)).size,
    dir: join(dir, 'www'),
    file: `bty-e2e-${key}-x86_64.img.zst`,
    marker: `${MARKER} ${key}`,
  }
}

interface Kernel {
  release: string
  vmlinuz: string
  modules: string
}

/** Debian's kernel for virtual machines: small, the same code. */
async function fetchKernel(log: (line: string) => void): Promise<Kernel> {
  const root = await unpackedPackages({
    suite: 'trixie',
    packages: ['linux-image-cloud-amd64'],
    withDependencies: true,
    log,
  })
  const found = (await readdir(join(root, 'boot'))).find((name) => name.startsWith('vmlinuz-'))
  if (found === undefined) throw new Error(`no kernel in ${root}/boot`)
  const release = found.slice('vmlinuz-'.length)
  return { release, vmlinuz: join(root, 'boot', found), modules: join(root, 'usr/lib/modules', release) }
}

async function build(work: string, key: string, kernel: Kernel): Promise<void> {
  const www = join(work, 'www')
  await mkdir(www, { recursive: true })
  const raw = join(work, 'disk.img')
  const blank = await open(raw, 'w')
  await blank.truncate(IMAGE_SECTORS * SECTOR_BYTES)
  await blank.close()
  await run('sfdisk', ['-q', raw], { stdin: sfdiskScript() })
  await writeEsp(raw, work, kernel)
  await writeRoot(raw, work, key)
  await writeBiosBoot(raw, work)
  const packed = `bty-e2e-${key}-x86_64.img.zst`
  await run('zstd', ['-q', '-T0', '-6', raw, '-o', join(www, packed)])
  const sum = await run('sha256sum', [packed], { cwd: www })
  await writeFile(join(www, `${packed}.sha256`), sum)
  for (const name of ['initramfs', 'root', 'initrd.img', 'grub.cfg', 'core.img', 'root.ext4'])
    await rm(join(work, name), { recursive: true, force: true })
}

/** ESP: kernel, initramfs, and GRUB where UEFI looks for a program on any disk. */
async function writeEsp(raw: string, work: string, kernel: Kernel): Promise<void> {
  const initrd = await writeInitramfs(work, kernel)
  const signed = await unpackedPackages({
    suite: 'trixie',
    packages: ['shim-signed', 'grub-efi-amd64-signed'],
    log: () => undefined,
  })
  const config = join(work, 'grub.cfg')
  await writeFile(config, bootCommands(ESP_LABEL, KERNEL_LINE))
  const { start, sectors } = PARTITIONS.esp
  const at = ['-i', `${raw}@@${start * SECTOR_BYTES}`]
  await run('mformat', [...at, '-T', String(sectors), '-v', ESP_LABEL, '-N', '0b7e0e2e', '::'])
  await run('mmd', [...at, '::/EFI', '::/EFI/BOOT', '::/EFI/debian'])
  for (const [file, to] of [
    [kernel.vmlinuz, '::/vmlinuz'],
    [initrd, '::/initrd.img'],
    [config, '::/EFI/debian/grub.cfg'],
    ...Object.entries(SIGNED).map(([name, from]) => [join(signed, from), `::/EFI/BOOT/${name}`] as const),
  ] as const)
    await run('mcopy', [...at, file, to])
}

async function writeInitramfs(work: string, kernel: Kernel): Promise<string> {
  const dir = join(work, 'initramfs')
  for (const name of ['bin', 'dev', 'modules', 'proc', 'root', 'sys'])
    await mkdir(join(dir, name), { recursive: true })
  await copyFile('/bin/busybox', join(dir, 'bin/busybox'))
  await writeFile(join(dir, 'init'), initramfsInit(PARTITIONS.root.name), { mode: 0o755 })
  const files = await readdir(kernel.modules, { recursive: true })
  for (const module of MODULES) {
    const found = files.find((file) => file.endsWith(`/${module}.ko.xz`))
    if (found === undefined) continue
    const packed = join(dir, 'modules', `${module}.ko.xz`)
    await copyFile(join(kernel.modules, found), packed)
    await run('xz', ['-d', packed])
  }
  const out = join(work, 'initrd.img')
  await run('sh', ['-c', `find . | cpio -o -H newc --quiet -R 0:0 | gzip -1 > ../initrd.img`], { cwd: dir })
  return out
}

async function writeRoot(raw: string, work: string, key: string): Promise<void> {
  const dir = join(work, 'root')
  for (const name of ['bin', 'dev', 'proc', 'sbin', 'sys']) await mkdir(join(dir, name), { recursive: true })
  await copyFile('/bin/busybox', join(dir, 'bin/busybox'))
  await writeFile(join(dir, 'sbin/init'), rootInit(key), { mode: 0o755 })
  await writeFile(join(dir, 'ballast'), ballast(BALLAST_BYTES, key))
  const { start, sectors } = PARTITIONS.root
  const ext4 = join(work, 'root.ext4')
  const kib = `${(sectors * SECTOR_BYTES) / 1024}k`
  await run('mke2fs', ['-q', '-t', 'ext4', '-E', 'root_owner=0:0,lazy_itable_init=0', '-d', dir, ext4, kib])
  await run('dd', [`if=${ext4}`, `of=${raw}`, `bs=1M`, `seek=${start / 2048}`, 'conv=notrunc,sparse'])
}

async function writeBiosBoot(raw: string, work: string): Promise<void> {
  const core = await readFile(await grubImage(work, 'i386-pc', 'core.img', BIOS_MODULES))
  const boot = await readFile('/usr/lib/grub/i386-pc/boot.img')
  const { start, sectors } = PARTITIONS.boot
  if (core.length > sectors * SECTOR_BYTES)
    throw new Error(`core.img has ${core.length} bytes; its partition holds ${sectors * SECTOR_BYTES}`)
  const disk = await open(raw, 'r+')
  try {
    const sector0 = Buffer.alloc(SECTOR_BYTES)
    await disk.read(sector0, 0, SECTOR_BYTES, 0)
    await disk.write(withBootCode(sector0, boot, start), 0, SECTOR_BYTES, 0)
    await disk.write(placedCore(core, start), 0, core.length, start * SECTOR_BYTES)
  } finally {
    await disk.close()
  }
}

async function grubImage(work: string, format: string, name: string, modules: string[]): Promise<string> {
  const config = join(work, `${name}.cfg`)
  await writeFile(config, bootCommands(ESP_LABEL, KERNEL_LINE))
  const out = join(work, name)
  await run('grub-mkimage', ['-O', format, '-p', '/', '-c', config, '-o', out, ...modules])
  await rm(config)
  return out
}

/** Bytes that look random and are the same each time: AES would do as well, a chain of digests needs no key. */
function ballast(length: number, seed: string): Buffer {
  const out = Buffer.allocUnsafe(length)
  const block = createHash('sha512').update(seed).digest()
  for (let at = 0, n = 0; at < length; at += block.length, n++) {
    block.writeUInt32LE(n, 0)
    createHash('sha512').update(block).digest().copy(out, at)
  }
  return out
}

function besideThis(name: string): string {
  return join(import.meta.dirname, 'image', `${name}.ts`)
}
