import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { chooseModules, firmwareOf, firmwarePattern, isWanted, readDependencies } from './modules.ts'

const wanted: [path: string, expected: boolean][] = [
  ['kernel/drivers/ata/ahci.ko.xz', true],
  ['kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko.xz', true],
  ['kernel/drivers/net/virtio_net.ko.xz', true],
  ['kernel/drivers/net/wireless/ath/ath9k/ath9k.ko.xz', false],
  ['kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz', false],
  ['kernel/drivers/net/usb/rndis_host.ko.xz', false],
  ['kernel/drivers/net/usb/r8152.ko.xz', true],
  ['kernel/drivers/block/drbd/drbd.ko.xz', false],
  ['kernel/drivers/ata/README', false],
]
for (const [path, expected] of wanted)
  test(`${path} is ${expected ? 'taken' : 'left out'}`, () => equal(isWanted(path), expected))

test('what a module needs comes along, wherever it lies', () => {
  const text = [
    'kernel/drivers/ata/ahci.ko.xz: kernel/drivers/ata/libahci.ko.xz kernel/lib/crc.ko.xz',
    'kernel/drivers/ata/libahci.ko.xz:',
    'kernel/lib/crc.ko.xz: kernel/lib/table.ko.xz',
    'kernel/lib/table.ko.xz:',
    'kernel/sound/snd.ko.xz:',
    '',
  ].join('\n')
  deepEqual(chooseModules(readDependencies(text)), [
    'kernel/drivers/ata/ahci.ko.xz',
    'kernel/drivers/ata/libahci.ko.xz',
    'kernel/lib/crc.ko.xz',
    'kernel/lib/table.ko.xz',
  ])
})

test('a module names its firmware', () => {
  const module = Buffer.from(
    '\x7fELF..\0license=GPL\0firmware=rtl_nic/rtl8168g-2.fw\0firmware=tigon/tg3.bin\0x',
  )
  deepEqual(firmwareOf(module), ['rtl_nic/rtl8168g-2.fw', 'tigon/tg3.bin'])
})

const patterns: [name: string, file: string, matches: boolean][] = [
  ['tigon/tg3.bin', 'tigon/tg3.bin', true],
  ['tigon/tg3.bin', 'tigon/tg3xbin', false],
  ['intel/ice/ddp/*.pkg', 'intel/ice/ddp/ice-1.3.41.0.pkg', true],
  ['cxgb4/*', 'cxgb4/bypass/t4fw.bin', false],
]
for (const [name, file, matches] of patterns)
  test(`${name} ${matches ? 'means' : 'does not mean'} ${file}`, () =>
    equal(firmwarePattern(name).test(file), matches))
