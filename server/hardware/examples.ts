/** Hardware trees in the shape of `lshw -json` (Debian's lshw 02.19). Constructed from its documentation and field names, not captured; for tests. */

export const SERVER_LSHW = {
  id: 'rack-07',
  class: 'system',
  product: 'PowerEdge R6515 (SKU=NotProvided;ModelName=PowerEdge R6515)',
  vendor: 'Dell Inc.',
  serial: '7XK2Q03',
  children: [
    {
      id: 'core',
      class: 'bus',
      description: 'Motherboard',
      product: '0R4CNN',
      vendor: 'Dell Inc.',
      serial: '.7XK2Q03.',
      children: [
        {
          id: 'firmware',
          class: 'memory',
          vendor: 'Dell Inc.',
          version: '2.14.1',
          date: '11/07/2023',
          size: 65536,
        },
        { id: 'cache:0', class: 'memory', description: 'L1 cache', size: 1048576 },
        {
          id: 'memory',
          class: 'memory',
          description: 'System Memory',
          size: 34359738368,
          children: [
            {
              id: 'bank:0',
              class: 'memory',
              slot: 'A1',
              size: 17179869184,
              vendor: '00AD00B300AD',
              description: 'DIMM DDR4 Synchronous Registered (Buffered) 3200 MHz (0.3 ns)',
            },
            {
              id: 'bank:1',
              class: 'memory',
              slot: 'A2',
              size: 17179869184,
              vendor: 'Hynix',
              description: 'DIMM DDR4 Synchronous Registered (Buffered) 3200 MHz (0.3 ns)',
            },
            { id: 'bank:2', class: 'memory', slot: 'A3', description: '[empty]', vendor: 'Not Specified' },
          ],
        },
        {
          id: 'cpu',
          class: 'processor',
          product: 'AMD EPYC 7302P 16-Core Processor',
          vendor: 'Advanced Micro Devices [AMD]',
          slot: 'CPU1',
          size: 3000000000,
          capacity: 3300000000,
          configuration: { cores: '16', enabledcores: '16', threads: '32' },
        },
        { id: 'cpu:1', class: 'processor', slot: 'CPU2', disabled: true, product: 'nothing' },
        {
          id: 'pci',
          class: 'bridge',
          children: [
            {
              id: 'network:0',
              class: 'network',
              logicalname: 'eno1',
              serial: '52:54:00:AA:00:01',
              product: 'NetXtreme BCM5720 Gigabit Ethernet PCIe',
              vendor: 'Broadcom Inc. and subsidiaries',
              configuration: { driver: 'tg3', firmware: 'FFV21.80.9', link: 'yes', speed: '1Gbit/s' },
            },
            {
              id: 'network:1',
              class: 'network',
              logicalname: ['eno2', 'altname'],
              serial: '52:54:00:aa:00:02',
              product: 'NetXtreme BCM5720 Gigabit Ethernet PCIe',
              vendor: 'Broadcom Inc. and subsidiaries',
              configuration: { driver: 'tg3', firmware: 'N/A', link: 'no' },
            },
            { id: 'network:2', class: 'network', description: 'no address, so no card' },
          ],
        },
      ],
    },
  ],
}

/** A virtual machine: an array around the tree, no slots, one card. */
export const VM_LSHW = [
  {
    id: 'vm',
    class: 'system',
    product: 'Standard PC (Q35 + ICH9, 2009)',
    vendor: 'QEMU',
    serial: 'Not Specified',
    children: [
      {
        id: 'core',
        class: 'bus',
        children: [
          {
            id: 'memory',
            class: 'memory',
            size: 2147483648,
            children: [
              { id: 'bank', class: 'memory', slot: 'DIMM 0', size: 2147483648, description: 'DIMM RAM' },
            ],
          },
          { id: 'cpu', class: 'processor', product: 'QEMU Virtual CPU version 2.5+', configuration: {} },
          {
            id: 'virtio1',
            class: 'network',
            logicalname: 'eth0',
            serial: '52:54:00:12:34:56',
            configuration: { driver: 'virtio_net', link: 'yes' },
          },
        ],
      },
    ],
  },
]
