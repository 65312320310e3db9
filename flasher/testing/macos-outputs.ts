/**
 * Outputs of macOS tools for tests.
 *
 * - VBOX: `diskutil list -plist` and `diskutil info -plist disk0` of an OS X guest of VirtualBox with HFS+, as published in
 *   the test data of getdevinfo (github.com/hamishmb/getdevinfo, commit 00d5fd2, getdevinfo_test_data.py). The OS version
 *   is not stated there; the layout with a Recovery HD is that of OS X 10.7 to 10.12. Keys that bty does not read are cut.
 * - APFS: `diskutil list -plist` of a Mac with APFS and a separate data volume, the layout of macOS 10.15, as published in
 *   the tests of Ubuntu Insights (github.com/ubuntu/ubuntu-insights, hardware_darwin_test.go). The information on disk0
 *   beside it is constructed.
 * - SEALED: constructed. A Mac with a sealed system volume, mounted as a snapshot (macOS 11 and later, keys as in
 *   `diskutil` there), a FAT stick, a stick with a mounted APFS container, an AppleRAID member, and a disk image.
 * - PROFILE: the NVMe part as `system_profiler SPNVMeDataType -json` of an Apple Silicon Mac, published in the Yuzu agent's
 *   tests (test_hardware_disks_macos.cpp; OS version not stated), serial changed; the USB part is constructed on the
 *   shape of SPUSBDataType.
 */
type Value = string | number | boolean | Value[] | { [key: string]: Value }

/** A property list as Apple's tools print it. */
export function plistText(value: Value): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${element(value)}
</plist>
`
}

function element(value: Value): string {
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>'
  if (typeof value === 'number') return `<integer>${value}</integer>`
  if (typeof value === 'string')
    return `<string>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`
  if (Array.isArray(value))
    return value.length === 0 ? '<array/>' : `<array>\n${value.map(element).join('\n')}\n</array>`
  const entries = Object.entries(value).map(([key, each]) => `\t<key>${key}</key>\n\t${element(each)}`)
  return `<dict>\n${entries.join('\n')}\n</dict>`
}

export const VBOX = {
  list: plistText({
    AllDisks: ['disk0', 'disk0s1', 'disk0s2', 'disk0s3'],
    AllDisksAndPartitions: [
      {
        Content: 'GUID_partition_scheme',
        DeviceIdentifier: 'disk0',
        Partitions: [
          { Content: 'EFI', DeviceIdentifier: 'disk0s1', Size: 209715200, VolumeName: 'EFI' },
          {
            Content: 'Apple_HFS',
            DeviceIdentifier: 'disk0s2',
            MountPoint: '/',
            Size: 42089095168,
            VolumeName: 'OSX',
          },
          { Content: 'Apple_Boot', DeviceIdentifier: 'disk0s3', Size: 650002432, VolumeName: 'Recovery HD' },
        ],
        Size: 42948853248,
      },
    ],
    VolumesFromDisks: ['OSX'],
    WholeDisks: ['disk0'],
  }),
  info: {
    disk0: plistText({
      BusProtocol: 'SATA',
      Content: 'GUID_partition_scheme',
      DeviceBlockSize: 512,
      DeviceIdentifier: 'disk0',
      DeviceNode: '/dev/disk0',
      DeviceTreePath: 'IODeviceTree:/PCI0@1e0000/pci8086,2829@1F,2/PRT0@0/PMP@0',
      Ejectable: false,
      IOKitSize: 42948853248,
      IORegistryEntryName: 'VBOX HARDDISK Media',
      Internal: true,
      MediaName: 'VBOX HARDDISK',
      MountPoint: '',
      Removable: false,
      RemovableMedia: false,
      Size: 42948853248,
      SolidState: false,
      TotalSize: 42948853248,
      VirtualOrPhysical: 'Physical',
      WholeDisk: true,
      WritableMedia: true,
    }),
  } as Record<string, string>,
}

const apfsVolume = (id: string, name: string, mount?: string) => ({
  DeviceIdentifier: id,
  Size: 499763888128,
  VolumeName: name,
  ...(mount !== undefined && { MountPoint: mount }),
})

export const APFS = {
  list: plistText({
    AllDisksAndPartitions: [
      {
        Content: 'GUID_partition_scheme',
        DeviceIdentifier: 'disk0',
        Partitions: [
          { Content: 'EFI', DeviceIdentifier: 'disk0s1', Size: 209715200, VolumeName: 'EFI' },
          { Content: 'Apple_APFS', DeviceIdentifier: 'disk0s2', Size: 499763888128 },
        ],
        Size: 500107862016,
      },
      {
        APFSPhysicalStores: [{ DeviceIdentifier: 'disk0s2' }],
        APFSVolumes: [
          apfsVolume('disk1s1', 'MacintoshHD - Data', '/System/Volumes/Data'),
          apfsVolume('disk1s2', 'Preboot'),
          apfsVolume('disk1s3', 'Recovery', '/Volumes/Recovery'),
          apfsVolume('disk1s4', 'VM', '/private/var/vm'),
          apfsVolume('disk1s5', 'MacintoshHD', '/'),
        ],
        DeviceIdentifier: 'disk1',
        Partitions: [],
        Size: 499763888128,
      },
    ],
    WholeDisks: ['disk0', 'disk1'],
  }),
  info: {
    disk0: plistText({
      BusProtocol: 'PCI-Express',
      DeviceBlockSize: 4096,
      DeviceTreePath: 'IODeviceTree:/PCI0@0/RP17@1B/SSD0@0',
      Internal: true,
      MediaName: 'APPLE SSD AP0512M',
      SolidState: true,
      TotalSize: 500107862016,
      VirtualOrPhysical: 'Physical',
      WritableMedia: true,
    }),
  } as Record<string, string>,
}

const stick = (name: string, size: number, more: { [key: string]: Value } = {}) =>
  plistText({
    BusProtocol: 'USB',
    DeviceBlockSize: 512,
    DeviceTreePath: 'IODeviceTree:/arm-io/usb-drd1@2280000',
    Ejectable: true,
    Internal: false,
    MediaName: name,
    RemovableMedia: true,
    TotalSize: size,
    VirtualOrPhysical: 'Physical',
    WritableMedia: true,
    ...more,
  })

export const SEALED = {
  list: plistText({
    AllDisksAndPartitions: [
      {
        Content: 'GUID_partition_scheme',
        DeviceIdentifier: 'disk0',
        OSInternal: false,
        Partitions: [
          { Content: 'Apple_APFS_ISC', DeviceIdentifier: 'disk0s1', Size: 524288000 },
          { Content: 'Apple_APFS', DeviceIdentifier: 'disk0s2', Size: 245107195904 },
        ],
        Size: 251000193024,
      },
      {
        APFSPhysicalStores: [{ DeviceIdentifier: 'disk0s2' }],
        APFSVolumes: [
          {
            DeviceIdentifier: 'disk3s1',
            MountedSnapshots: [{ Sealed: 'Yes', SnapshotBSD: '/dev/disk3s1s1', SnapshotMountPoint: '/' }],
            VolumeName: 'Macintosh HD',
          },
        ],
        DeviceIdentifier: 'disk3',
        Size: 245107195904,
      },
      {
        Content: 'FDisk_partition_scheme',
        DeviceIdentifier: 'disk4',
        Partitions: [
          {
            Content: 'DOS_FAT_32',
            DeviceIdentifier: 'disk4s1',
            MountPoint: '/Volumes/A & B',
            Size: 16000000000,
            VolumeName: 'A & B',
          },
        ],
        Size: 16008609792,
      },
      {
        Content: 'GUID_partition_scheme',
        DeviceIdentifier: 'disk5',
        Partitions: [{ Content: 'Apple_APFS', DeviceIdentifier: 'disk5s2', Size: 63700000000 }],
        Size: 63909113344,
      },
      {
        APFSPhysicalStores: [{ DeviceIdentifier: 'disk5s2' }],
        APFSVolumes: [{ DeviceIdentifier: 'disk6s1', MountPoint: '/Volumes/Backup', VolumeName: 'Backup' }],
        DeviceIdentifier: 'disk6',
      },
      {
        Content: 'GUID_partition_scheme',
        DeviceIdentifier: 'disk7',
        Partitions: [{ Content: 'Apple_RAID', DeviceIdentifier: 'disk7s2', Size: 63700000000 }],
        Size: 63909113344,
      },
      { Content: '', DeviceIdentifier: 'disk8', Size: 1048576 },
      { Content: '', DeviceIdentifier: 'disk9', Size: 1048576 },
    ],
  }),
  info: {
    disk0: plistText({
      BusProtocol: 'Apple Fabric',
      DeviceBlockSize: 4096,
      Internal: true,
      MediaName: 'APPLE SSD AP0256Z',
      SolidState: true,
      TotalSize: 251000193024,
      VirtualOrPhysical: 'Physical',
      WritableMedia: true,
    }),
    disk4: stick('Ultra USB 3.0', 16008609792),
    disk5: stick('PenDrive', 63909113344),
    disk7: stick('PenDrive', 63909113344, { WritableMedia: false }),
    disk8: stick('Disk Image', 1048576, { BusProtocol: 'Disk Image' }),
    disk9: stick('Virtual', 1048576, { VirtualOrPhysical: 'Virtual' }),
  } as Record<string, string>,
}

export const PROFILE = JSON.stringify({
  SPNVMeDataType: [
    {
      _items: [
        {
          _name: 'APPLE SSD AP0256Z',
          bsd_name: 'disk0',
          device_model: 'APPLE SSD AP0256Z',
          device_serial: '0ba0000000000000',
          size_in_bytes: 251000193024,
          volumes: [{ _name: 'iSCPreboot', bsd_name: 'disk0s1', iocontent: 'Apple_APFS_ISC' }],
        },
      ],
      _name: 'Apple SSD Controller',
    },
  ],
  SPUSBDataType: [
    {
      _items: [
        {
          _items: [
            {
              _name: 'Ultra USB 3.0',
              location_id: '0x40120000 / 5',
              Media: [{ _name: 'Ultra USB 3.0', bsd_name: 'disk4', 'Logical Unit': 0 }],
              serial_num: '000000000000005309',
            },
            {
              _name: 'PenDrive',
              location_id: '0x40130000 / 6',
              Media: [{ _name: 'PenDrive', bsd_name: 'disk5', 'Logical Unit': 0 }],
            },
          ],
          _name: 'hub_device',
          location_id: '0x40100000 / 1',
          serial_num: '610C00000000',
        },
      ],
      _name: 'USB31Bus',
    },
  ],
})
