import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { detectArch } from './arch.ts'
import { detectFormat, detectUrlFormat, isTarball } from './format.ts'

const formats: [name: string, format: string | null, tarball?: boolean][] = [
  ['a.img', 'img'],
  ['.img', 'img'],
  ['A.IMG.GZ', 'img.gz'],
  ['disk.IMG.GZ', 'img.gz'],
  ['x.img.zst', 'img.zst'],
  ['x.img.xz', 'img.xz'],
  ['x.img.bz2', 'img.bz2'],
  ['x.qcow2', 'qcow2'],
  ['A.QCOW2', 'qcow2'],
  ['x.iso', null],
  ['x.iso.gz', null],
  ['a.gz', null],
  ['a.zst', null],
  ['x.raw', null],
  ['x.vhd', null],
  ['x.zip', null],
  ['x.img.lz4', null],
  ['img', null],
  ['x.img.gz.sha256', null],
  ['nosi fedora-sysdev (x86_64, rolling)', null],
  ['x.tar.gz', null, true],
  ['a.tgz', null, true],
  ['x.img.tar.gz', null, true],
  ['http://h/x.tar.gz?sig=1', null, false],
]
for (const [name, format, tarball = false] of formats)
  test(`format of ${name}`, () => {
    equal(detectFormat(name), format)
    equal(isTarball(name), tarball)
  })

const urls: [url: string, format: string | null][] = [
  ['http://h/a.img.zst?sig=1', 'img.zst'],
  ['http://h/a.img#x', 'img'],
  ['http://h/download?file=a.img', null],
]
for (const [url, format] of urls) test(`format of ${url}`, () => equal(detectUrlFormat(url), format))

const archs: [name: string, arch: string | null][] = [
  ['nosi-debian-sysdev-x86_64.img.gz', 'x86_64'],
  ['foo-x86-64.img', 'x86_64'],
  ['u-amd64.img', 'x86_64'],
  ['u-aarch64.img', 'arm64'],
  ['foo-arm64.img.zst', 'arm64'],
  ['raspios-armhf.img.xz', 'arm'],
  ['armv7l', 'arm'],
  ['armv6l.img', 'armv6'],
  ['riscv64.img', 'riscv64'],
  ['ppc64le.img', 'ppc64le'],
  ['s390x.img', 's390x'],
  ['i686.img', 'i386'],
  ['I386.img', 'i386'],
  ['x86', null],
  ['arm.img', null],
  ['win11.img', null],
  ['AMD64-ARM64', 'x86_64'],
  ['aarch64-and-amd64.img', 'arm64'],
  ['aarch64-x86_64', 'x86_64'],
  ['riscv64-ppc64le', 'riscv64'],
]
for (const [name, arch] of archs) test(`architecture of ${name}`, () => equal(detectArch(name), arch))
