import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { discover, EXAMPLES } from './examples.ts'
import { routeOf } from './route.ts'

const A = { address: '192.168.7.1', network: '192.168.7.0/24' }
const B = { address: '10.0.0.9', network: '10.0.0.0/8' }
const NOBODY = { address: '0.0.0.0', port: 68 }

const cases: [
  rule: string,
  more: object,
  sender: { address: string; port: number },
  by: string[] | null,
  to: string | null,
][] = [
  [
    'a client without an address is answered by every interface, by broadcast',
    {},
    NOBODY,
    [A.address, B.address],
    null,
  ],
  [
    'a sender with an address, by the interface of its network',
    {},
    { address: '10.1.2.3', port: 68 },
    [B.address],
    null,
  ],
  [
    'who uses its address is answered there',
    { ciaddr: '10.1.2.3' },
    { address: '10.1.2.3', port: 68 },
    [B.address],
    '10.1.2.3:68',
  ],
  [
    'who claims another address is not',
    { ciaddr: '10.9.9.9' },
    { address: '10.1.2.3', port: 68 },
    [B.address],
    null,
  ],
  ['a sender from elsewhere is not answered', {}, { address: '203.0.113.7', port: 68 }, null, null],
  ['a sender with port 0 is not answered', {}, { address: '10.1.2.3', port: 0 }, null, null],
  [
    'a relay gets one answer',
    { giaddr: '10.5.0.1' },
    { address: '10.5.0.1', port: 67 },
    [B.address],
    '10.5.0.1:67',
  ],
  ['a relay of another private network too', { giaddr: '172.16.0.1' }, NOBODY, [A.address], '172.16.0.1:67'],
  ['a relay in the world does not', { giaddr: '203.0.113.1' }, { address: '10.5.0.1', port: 67 }, null, null],
]
for (const [rule, more, sender, by, to] of cases)
  test(rule, () => {
    const route = routeOf(discover(EXAMPLES.ovmf, more), sender, [A, B])
    if ('ignored' in route) return deepEqual(by, null)
    deepEqual(
      [route.by.map(({ address }) => address), route.to && `${route.to.address}:${route.to.port}`],
      [by, to],
    )
  })
