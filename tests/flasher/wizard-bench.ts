/** Everything a person at the wizard needs: disks, images, a catalog, an origin, and a terminal. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDisk } from '../../flasher/testing/disk.ts'
import type { TestDisk } from '../../flasher/testing/disk.ts'
import { noise, sha256 } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'
import type { Origin } from '../../flasher/testing/origin.ts'
import { openTerminal } from './tmux.ts'
import type { Terminal } from './tmux.ts'

const MiB = 1024 * 1024
export const IMAGE = noise(6 * MiB)
export const DISK_BYTES = 8 * MiB

export interface WizardBench extends AsyncDisposable {
  dir: string
  /** The catalog of four images: good, wrong digest, missing, never ending. */
  catalog: string
  /** One with hundreds of images. */
  longCatalog: string
  disk: TestDisk
  /** A link to the disk, always as long. */
  diskPath: string
  env: Record<string, string>
  open(
    options?: Partial<{ width: number; height: number; args: string[]; env: object; log: string }>,
  ): Terminal
}

/** Both the list of disks and the look at a single one come from here; the kernel's loop devices are no disks. */
function fakeLsblk(dir: string, disks: readonly object[], path: string): void {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'all.json'), JSON.stringify({ blockdevices: disks }))
  const one = disks.filter((disk) => (disk as { path: string }).path === path)
  writeFileSync(join(bin, 'one.json'), JSON.stringify({ blockdevices: one }))
  const script = `#!/bin/sh
for last; do :; done
case "$last" in
  ${path}) exec cat ${bin}/one.json ;;
  /*) exec /usr/bin/lsblk "$@" ;;
  *) exec cat ${bin}/all.json ;;
esac
`
  writeFileSync(join(bin, 'lsblk'), script)
  chmodSync(join(bin, 'lsblk'), 0o755)
}

export async function wizardBench(): Promise<WizardBench> {
  const dir = mkdtempSync(join(tmpdir(), 'bty-wizard-'))
  const disk = testDisk(DISK_BYTES)
  const diskPath = join(dir, 'disk')
  symlinkSync(disk.path, diskPath)
  fakeLsblk(dir, listing(diskPath), diskPath)
  const origin = await startOrigin((request, response) => {
    if (request.url === '/gone.img') return response.writeHead(404).end()
    response.writeHead(200, { 'content-length': IMAGE.length })
    if (request.url === '/slow.img') return response.write(IMAGE.subarray(0, 3 * MiB))
    return response.end(IMAGE)
  })
  const images = join(dir, 'images')
  mkdirSync(images)
  writeFileSync(join(images, 'local-arm64.img'), IMAGE)
  const catalog = join(dir, 'catalog.toml')
  writeFileSync(catalog, catalogText(origin))
  const longCatalog = join(dir, 'long.toml')
  writeFileSync(longCatalog, longCatalogText())
  const env = {
    PATH: `${join(dir, 'bin')}:${process.env['PATH']}`,
    TERM: 'screen',
    BTY_IMAGE_ROOT: images,
    BTY_SINKS_DIR: dir,
  }
  return {
    dir,
    catalog,
    longCatalog,
    disk,
    diskPath,
    env,
    open: ({ width = 80, height = 25, args = ['--catalog', catalog], env: more = {}, log } = {}) =>
      openTerminal({ width, height, args, env: { ...env, ...more }, log }),
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]()
      disk[Symbol.dispose]()
      rmSync(dir, { recursive: true })
    },
  }
}

function listing(diskPath: string): object[] {
  const disk = (path: string, more: object) => ({
    name: path.split('/').at(-1),
    path,
    type: 'disk',
    vendor: 'ATA     ',
    rm: false,
    ro: false,
    mountpoints: [null],
    tran: 'sata',
    'log-sec': 512,
    children: [],
    ...more,
  })
  const part = (path: string, more: object) => ({ name: path.slice(5), path, type: 'part', size: 1, ...more })
  return [
    disk('/dev/nonesuch1', {
      size: 1000204886016,
      model: 'Samsung SSD 860 EVO 1TB',
      serial: 'S3Z9NB0K123456X',
      pttype: 'gpt',
      children: [
        part('/dev/nonesuch1p1', { fstype: 'vfat', label: 'EFI', mountpoints: ['/boot/efi'] }),
        part('/dev/nonesuch1p2', { fstype: 'ext4', label: 'root', mountpoints: ['/'] }),
      ],
    }),
    disk(diskPath, { size: DISK_BYTES, model: 'Test disk', serial: 'LOOP-1', tran: 'usb' }),
    disk('/dev/nonesuch2', {
      size: 2000398934016,
      model: 'WDC\u001b[31m WD20EZRZ\u202e',
      serial: null,
      ro: true,
    }),
  ]
}

function catalogText({ url }: Origin): string {
  const good = sha256(IMAGE)
  return `version = 1
[[images]]
name = "good (x86_64)"
src = "${url}/good.img"
sha256 = "${good}"
size_bytes = ${IMAGE.length}
description = "Six MiB that are what they claim"
[[images]]
name = "changed"
src = "${url}/changed.img"
sha256 = "${'0'.repeat(64)}"
description = "Its digest is another one"
[[images]]
name = "gone"
src = "${url}/gone.img"
[[images]]
name = "slow"
src = "${url}/slow.img"
[[images]]
name = "bundle"
src = "${url}/bundle.tar.gz"
`
}

function longCatalogText(): string {
  const entries = Array.from(
    { length: 300 },
    (_, i) => `[[images]]
name = "system ${i + 1} ${i % 2 === 0 ? 'desktop' : 'headless'} (x86_64)"
src = "http://127.0.0.1:1/${i + 1}.img.gz"
format = "img.gz"
size_bytes = ${(i + 1) * 12_345_678}
`,
  )
  return `version = 1\n${entries.join('')}`
}
