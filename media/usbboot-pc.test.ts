import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { mkdtemp, open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { trioNames, usbNames } from './recipe.ts'
import { run } from './run.ts'
import { buildUsbbootPc } from './usbboot-pc.ts'

const EPOCH = 1_760_000_000
const out = await mkdtemp(join(tmpdir(), 'bty-usb-'))
after(() => rm(out, { recursive: true, force: true }))
const trio = trioNames('9.9.9')
const names = usbNames('9.9.9')
const iso = join(out, names.iso)
await writeFile(join(out, trio.kernel), 'no kernel')
await writeFile(join(out, trio.initrd), Buffer.alloc(100_000, 1))
await writeFile(join(out, trio.squashfs), 'no squashfs')

const build = (signal = new AbortController().signal) =>
  buildUsbbootPc({
    root: resolve(import.meta.dirname, '..'),
    ...{ out, trio, version: '9.9.9', epoch: EPOCH, versions: 'either', signal, log: () => {} },
  })

interface Table {
  label: string
  id: string
  partitions: { start: number; size: number; type: string; bootable?: boolean }[]
}
async function table(): Promise<Table> {
  const text = await run('sfdisk', ['-J', iso])
  return (JSON.parse(text) as { partitiontable: Table }).partitiontable
}

test('the same trio gives the same ISO, and sha256sum accepts it', async () => {
  deepEqual(await build(), names)
  const first = await readFile(join(out, names.sha256), 'utf8')
  match(await run('sha256sum', ['-c', names.sha256], { cwd: out }), /: OK\n$/)
  await build()
  equal(await readFile(join(out, names.sha256), 'utf8'), first)
})

test('sfdisk reads three partitions and a disk signature', async () => {
  const { label, id, partitions } = await table()
  equal(label, 'dos')
  match(id, /^0x1[0-9a-f]{7}$/)
  deepEqual(
    partitions.map(({ type, bootable }) => [type, bootable ?? false]),
    [
      ['0', true],
      ['ef', false],
      ['7', false],
    ],
  )
  equal(partitions[2]!.size, 65536)
  equal((partitions[2]!.start + 65536) * 512, (await stat(iso)).size)
})

test('each partition holds its file system', async () => {
  const { partitions } = await table()
  const probe = (n: number) => run('blkid', ['-p', '-O', String(partitions[n]!.start * 512), iso])
  match(await probe(0), /LABEL="BTY_USBBOOT".*TYPE="iso9660"/)
  match(await probe(1), /LABEL="BTY_EFI".*TYPE="vfat"/)
  match(await probe(2), /LABEL="BTY_IMAGES".*TYPE="exfat"/)
})

test('UEFI finds signed programs, and GRUB its configuration', async () => {
  const { partitions } = await table()
  const at = `${iso}@@${partitions[1]!.start * 512}`
  const list = await run('mdir', ['-i', at, '-b', '-/', '::/'])
  for (const name of [
    'EFI/BOOT/BOOTX64.EFI',
    'EFI/BOOT/grubx64.efi',
    'EFI/BOOT/mmx64.efi',
    'boot/grub/grub.cfg',
  ])
    equal(list.includes(`::/${name}\n`), true, `${name} in\n${list}`)
  const config = await run('mtype', ['-i', at, '::/boot/grub/grub.cfg'])
  const { id } = await table()
  match(config, new RegExp(`bty\\.medium=${id.slice(2)}\n`))
  const marker = /--file (\S+)/.exec(config)![1]!
  match(await run('xorriso', ['-indev', iso, '-lsl', marker]), /bty-/)
})

test('sector 0 boots and points at the BIOS image of the ISO', async () => {
  await using file = await open(iso)
  const sector = Buffer.alloc(512)
  await file.read(sector, 0, 512, 0)
  equal(sector.readUInt16LE(510), 0xaa55)
  const report = await run('xorriso', ['-indev', iso, '-report_el_torito', 'plain'])
  const lba = Number(/boot img : +1 +BIOS .* (\d+)$/m.exec(report)![1])
  // boot_hybrid.img keeps the sector of GRUB's next stage, which is behind the first CD sector, at 0x1b0.
  equal(Number(sector.readBigUInt64LE(0x1b0)), lba * 4 + 4)
})

test('a cancelled build leaves the finished files alone and nothing else behind', async () => {
  const before = (await readdir(out)).sort()
  await rejects(build(AbortSignal.abort()))
  deepEqual((await readdir(out)).sort(), before)
})

test('SOURCE_DATE_EPOCH must be a number of seconds', async () => {
  process.env['SOURCE_DATE_EPOCH'] = 'yesterday'
  const options = { root: '.', out, trio, version: '9.9.9', signal: new AbortController().signal }
  await rejects(
    buildUsbbootPc({ ...options, versions: 'either', log: () => {} }),
    /SOURCE_DATE_EPOCH is "yesterday"/,
  )
  delete process.env['SOURCE_DATE_EPOCH']
})
