/**
 * What the listing script of `windows.ts` prints, for tests. The shape is the script's own.
 *
 * - DESKTOP: values of `Get-Disk` (PowerShell's Storage module) on a Windows desktop with an NVMe system disk and a USB disk,
 *   reported by its owner on 2026-10-06 in the tests of github.com/Infernoplaystuf/Council (council_core/pi_setup; Windows
 *   version not stated). Serial and unique id of the system disk are changed; access paths, locations and GPT types
 *   are constructed.
 * - CARD, MEMBERS: constructed, with the enumerations as numbers, as CIM gives them (MSFT_Disk in Microsoft's reference).
 * - DRIVES: drivelist's result on Windows, published in github.com/snowtrack/snowfs, pull request 78 (2021-03-12).
 */
const VOLUME = '\\\\?\\Volume{00000000-0000-0000-0000-100000000000}\\'

export const DESKTOP = JSON.stringify([
  {
    Number: 0,
    FriendlyName: 'T-FORCE TM8FFE002T',
    SerialNumber: '0000_0000_0000_0000_0000_0000_0000_0001.',
    UniqueId: 'eui.00000000000000000000000000000001',
    BusType: 'NVMe',
    Size: 2048408248320,
    LogicalSectorSize: 512,
    PartitionStyle: 'GPT',
    Location: 'Integrated : Bus 1 : Device 0 : Function 0 : Adapter 1',
    IsBoot: true,
    IsSystem: true,
    IsReadOnly: false,
    Partitions: [
      {
        PartitionNumber: 1,
        Size: 104857600,
        GptType: '{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}',
        AccessPaths: [VOLUME],
      },
      {
        PartitionNumber: 2,
        Size: 16777216,
        GptType: '{e3c9e316-0b5c-4db8-817d-f92df00215ae}',
        AccessPaths: [],
      },
      {
        PartitionNumber: 3,
        Size: 2047800000000,
        GptType: '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}',
        AccessPaths: ['C:\\', VOLUME],
        FileSystem: 'NTFS',
        Label: 'Windows',
      },
    ],
  },
  {
    Number: 1,
    FriendlyName: 'Seagate Portable',
    SerialNumber: '            NACMRX0Z',
    UniqueId: '3E41434D5258305A',
    BusType: 'USB',
    Size: 5000981077504,
    LogicalSectorSize: 512,
    PartitionStyle: 'GPT',
    Location: null,
    IsBoot: false,
    IsSystem: false,
    IsReadOnly: false,
    Partitions: [
      { PartitionNumber: 1, Size: 134217728, GptType: null, AccessPaths: null },
      {
        PartitionNumber: 2,
        Size: 5000800000000,
        GptType: '{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}',
        AccessPaths: ['E:\\', VOLUME],
        FileSystem: 'NTFS',
        Label: 'Seagate Portable Drive',
      },
    ],
  },
])

/** One disk is printed without a list around it. */
export const CARD = JSON.stringify({
  Number: 2,
  FriendlyName: 'Generic STORAGE DEVICE',
  SerialNumber: '000000000820',
  BusType: 12,
  Size: 31914983424,
  LogicalSectorSize: 512,
  PartitionStyle: 1,
  IsBoot: false,
  IsSystem: false,
  IsReadOnly: false,
  Partitions: [
    { PartitionNumber: 1, Size: 536870912, AccessPaths: ['F:\\'], FileSystem: 'FAT32', Label: 'bootfs' },
    { PartitionNumber: 2, Size: 31300000000, AccessPaths: [] },
  ],
})

export const MEMBERS = JSON.stringify([
  {
    Number: 3,
    FriendlyName: 'ST4000',
    SerialNumber: 'Z1',
    BusType: 11,
    Size: 4000787030016,
    PartitionStyle: 2,
    Partitions: [
      { PartitionNumber: 1, Size: 4000000000000, GptType: '{e75caf8f-f680-4cee-afa3-b001e56efc2d}' },
    ],
  },
  { Number: 4, FriendlyName: 'Msft Virtual Disk', BusType: 15, Size: 1048576, PartitionStyle: 0 },
])

export const DRIVES = [
  {
    enumerator: 'SCSI',
    busType: 'RAID',
    device: '\\\\.\\PhysicalDrive0',
    devicePath: null,
    raw: '\\\\.\\PhysicalDrive0',
    description: 'WDC PC SN530 SDBPNPZ-512G-1014',
    partitionTableType: 'gpt',
    error: null,
    size: 512110190592,
    blockSize: 512,
    logicalBlockSize: 512,
    mountpoints: [{ path: 'C:\\' }],
    isReadOnly: false,
    isSystem: true,
    isVirtual: false,
    isRemovable: false,
    isCard: false,
    isSCSI: true,
    isUSB: false,
    isUAS: false,
  },
]
