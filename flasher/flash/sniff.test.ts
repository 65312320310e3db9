import { equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { gzip, noise, zstd } from '../testing/images.ts'
import { chooseFormat, insideProblem, sniff } from './sniff.ts'

function at(position: number, text: string | number[], size = 64 * 1024): Buffer {
  const bytes = Buffer.alloc(size)
  Buffer.from(text as string, 'latin1').copy(bytes, position)
  return bytes
}

const DISK = at(510, '\x55\xaa')
const RAW = noise(4096)
const HEADS = {
  raw: RAW,
  disk: DISK,
  iso: at(32_769, 'CD001'),
  gpt4k: at(4096, 'EFI PART'),
  gz: gzip(DISK),
  zst: zstd(DISK),
  xz: at(0, '\xfd7zXZ\0'),
  bz2: at(0, 'BZh9'),
  qcow2: at(0, 'QFI\xfb'),
}

const choices: [name: string, declared: string | null, head: keyof typeof HEADS, format: string | null][] = [
  ['a.img', null, 'raw', 'img'],
  ['A.IMG', null, 'disk', 'img'],
  ['a.iso', null, 'iso', 'img'],
  ['a.img.gz', null, 'gz', 'img.gz'],
  ['a.gz', null, 'gz', 'img.gz'],
  ['a.iso.gz', null, 'gz', 'img.gz'],
  ['a.iso.xz', null, 'xz', 'img.xz'],
  ['a.raw.zst', null, 'zst', 'img.zst'],
  ['a.zstd', null, 'zst', 'img.zst'],
  ['a.bz2?sig=1#x', null, 'bz2', 'img.bz2'],
  ['a.qcow2', null, 'qcow2', 'qcow2'],
  ['download', null, 'gz', 'img.gz'],
  ['download', null, 'xz', 'img.xz'],
  ['download', null, 'disk', 'img'],
  ['download', null, 'gpt4k', 'img'],
  ['download', null, 'iso', 'img'],
  ['download', null, 'raw', null],
  ['download', 'img', 'raw', 'img'],
  ['a.raw', null, 'raw', null],
  ['a.raw', 'raw', 'raw', 'img'],
  ['a.raw', null, 'disk', 'img'],
  ['a.bin', 'bin', 'raw', 'img'],
  ['download', ' IMG.GZ ', 'gz', 'img.gz'],
  ['download', 'xz', 'xz', 'img.xz'],
  ['download', 'vhd', 'disk', 'img'],
  ['a.img.gz', 'img', 'gz', 'img.gz'],
  ['a.img', null, 'gz', null],
  ['a.img.gz', null, 'raw', null],
  ['a.img.gz', null, 'xz', null],
  ['download', 'img', 'gz', null],
  ['a.tar.gz', null, 'gz', null],
  ['a.img.tar.xz', null, 'xz', null],
  ['a.tgz?x=1', null, 'gz', null],
  ['a.tar', null, 'disk', null],
]
for (const [name, declared, head, format] of choices)
  test(`${name}, declared ${declared}, with the bytes of ${head}, is flashed as ${format}`, () => {
    const choice = chooseFormat(`http://h/${name}`, declared, sniff(HEADS[head]))
    equal(choice.format, format)
    equal(choice.problem === null, format !== null)
  })

const foreign: [head: Buffer, what: RegExp][] = [
  [Buffer.from('\ufeff\n <!DOCTYPE html><html>'), /a web page/],
  [Buffer.from('<html><body>404'), /a web page/],
  [Buffer.from('<?xml version="1.0"?><Error>'), /an XML document/],
  [Buffer.from('{"errors": [{"code": "DENIED"}]}'), /JSON/],
  [Buffer.from(`${'ab'.repeat(32)}  a.img\n`), /checksums/],
  [Buffer.from('-----BEGIN PGP SIGNATURE-----'), /signature/],
  [at(257, 'ustar'), /tar archive/],
  [at(0, 'PK\x03\x04'), /zip archive/],
  [at(0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), /7z archive/],
  [at(0, 'Rar!\x1a\x07\x01'), /rar archive/],
  [at(0, [4, 0x22, 0x4d, 0x18]), /lz4/],
  [at(0, 'KDMV'), /VMDK/],
  [at(64, [0x7f, 0x10, 0xda, 0xbe]), /VDI/],
  [at(0, 'conectix'), /VHD /],
  [at(0, 'vhdxfile'), /VHDX/],
  [at(0, '\x7fELF'), /ELF/],
]
for (const [head, what] of foreign)
  test(`refuses ${what.source} by its bytes, whatever it is called, and inside of a packed image too`, () => {
    for (const name of ['a.img', 'download']) {
      const { format, problem } = chooseFormat(name, 'img', sniff(head))
      equal(format, null)
      match(problem!, what)
    }
    match(insideProblem('a.gz', sniff(head))!, what)
  })

test('what is packed twice is told, and a disk inside is fine', () => {
  match(insideProblem('a.gz', sniff(HEADS.xz))!, /holds img.xz; it is packed twice/)
  equal(insideProblem('a.gz', sniff(DISK)), null)
  equal(insideProblem('a.gz', sniff(RAW)), null)
})

test('sizes stand in the heads of zstd and qcow2', () => {
  equal(sniff(HEADS.zst).contentBytes, DISK.length)
  const qcow2 = at(0, 'QFI\xfb')
  qcow2.writeBigUInt64BE(5_000_000_000n, 24)
  equal(sniff(qcow2).contentBytes, 5_000_000_000)
  ok(sniff(Buffer.alloc(0)).format === null)
})
