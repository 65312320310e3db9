import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { FIRMWARE_PACKAGES, PROGRAMS, UDEV_RULES, trioNames } from './recipe.ts'
import { isWanted } from './steps/modules.ts'

test('the trio and its manifest are named as servers ask for them', () => {
  deepEqual(trioNames('1.2.3'), {
    kernel: 'bty-netboot-pc-x86_64-v1.2.3.vmlinuz',
    initrd: 'bty-netboot-pc-x86_64-v1.2.3.initrd',
    squashfs: 'bty-netboot-pc-x86_64-v1.2.3.squashfs',
    manifest: 'bty-netboot-pc-x86_64-v1.2.3.sha256',
  })
})

/** What real machines have; a shorter recipe must not lose one of them unseen. */
const DRIVERS = [
  'ata/ahci',
  'ata/ata_piix',
  'block/virtio_blk',
  'hv/hv_vmbus',
  'message/fusion/mptsas',
  'mmc/host/sdhci-pci',
  'net/ethernet/amazon/ena/ena',
  'net/ethernet/aquantia/atlantic/atlantic',
  'net/ethernet/broadcom/bnx2',
  'net/ethernet/broadcom/bnxt/bnxt_en',
  'net/ethernet/broadcom/tg3',
  'net/ethernet/intel/e1000/e1000',
  'net/ethernet/intel/e1000e/e1000e',
  'net/ethernet/intel/i40e/i40e',
  'net/ethernet/intel/ice/ice',
  'net/ethernet/intel/igb/igb',
  'net/ethernet/intel/igc/igc',
  'net/ethernet/intel/ixgbe/ixgbe',
  'net/ethernet/mellanox/mlx4/mlx4_en',
  'net/ethernet/mellanox/mlx5/core/mlx5_core',
  'net/ethernet/realtek/8139cp',
  'net/ethernet/realtek/r8169',
  'net/hyperv/hv_netvsc',
  'net/usb/r8152',
  'net/virtio_net',
  'net/vmxnet3/vmxnet3',
  'nvme/host/nvme',
  'scsi/aacraid/aacraid',
  'scsi/hpsa',
  'scsi/hv_storvsc',
  'scsi/megaraid/megaraid_sas',
  'scsi/mpt3sas/mpt3sas',
  'scsi/sd_mod',
  'scsi/virtio_scsi',
  'scsi/vmw_pvscsi',
  'usb/host/xhci-pci',
  'usb/storage/uas',
  'usb/storage/usb-storage',
  'virtio/virtio_pci',
]
for (const driver of DRIVERS)
  test(`the initrd has ${driver}`, () => equal(isWanted(`kernel/drivers/${driver}.ko.xz`), true))

test('serial numbers of disks need udev, its rules and its two programs', () => {
  for (const program of [
    '/usr/bin/lsblk',
    '/usr/bin/udevadm',
    '/usr/lib/udev/ata_id',
    '/usr/lib/udev/scsi_id',
  ])
    equal(PROGRAMS.includes(program), true, program)
  equal(UDEV_RULES.includes('60-persistent-storage.rules'), true)
})

test('firmware of common network cards is among the packages', () => {
  for (const name of ['firmware-realtek', 'firmware-bnx2', 'firmware-misc-nonfree'])
    equal(FIRMWARE_PACKAGES.includes(name), true, name)
})
