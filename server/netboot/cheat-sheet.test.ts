import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { NetInterface } from '../api/index.ts'
import { dhcpSheet } from './cheat-sheet.ts'

const lan = (name: string, address: string, kind: NetInterface['kind'] = 'ethernet'): NetInterface => ({
  name,
  address,
  prefix: 24,
  mac: '52:54:00:00:00:01',
  kind,
  network: '192.168.1.0/24',
  proxy_dhcp: 'on',
})

const hosts: [advertised: string, interfaces: NetInterface[], host: string][] = [
  ['lab.example', [lan('eth0', '192.168.1.5')], 'lab.example:8080'],
  ['lab.example:80', [], 'lab.example:80'],
  ['', [lan('lo', '127.0.0.1', 'loopback'), lan('eth0', '192.168.1.5')], '192.168.1.5:8080'],
  ['', [], '<bty-host>:8080'],
]
for (const [advertised, interfaces, host] of hosts)
  test(`the sheet names ${host}`, () => equal(dhcpSheet(advertised, 8080, interfaces, []).host, host))

test('each interface has both options with its own address', () => {
  const { interfaces, missing } = dhcpSheet(
    '',
    8080,
    [lan('eth0', '192.168.1.5'), lan('eth1', '10.0.0.1')],
    ['x'],
  )
  deepEqual(interfaces[1]!.sheet, {
    tftp: [
      { option: '60', value: 'PXEClient' },
      { option: '66 / next-server', value: '10.0.0.1' },
      { option: '67, UEFI (arch 6, 7, 9)', value: 'ipxe.efi' },
      { option: '67, legacy BIOS (arch 0)', value: 'undionly.kpxe' },
      { option: '67, user class iPXE', value: 'http://10.0.0.1:8080/pxe-bootstrap.ipxe' },
    ],
    http: [
      { option: '60', value: 'HTTPClient' },
      { option: '66 / next-server', value: '10.0.0.1' },
      { option: '67', value: 'http://10.0.0.1:8080/boot/ipxe.efi' },
    ],
  })
  deepEqual(missing, ['x'])
})
