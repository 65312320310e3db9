import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { negotiate } from './negotiate.ts'

const cases: [asked: Record<string, string>, agreed: Record<string, string>][] = [
  [{}, {}],
  [{ blksize: '1428' }, { blksize: '1428' }],
  [{ blksize: '65464' }, { blksize: '1468' }], // one Ethernet frame
  [{ blksize: '7' }, {}], // RFC 2348: 8 to 65464
  [{ blksize: '65465' }, {}],
  [{ blksize: '-8' }, {}],
  [{ blksize: '1e3' }, {}],
  [{ blksize: '' }, {}],
  [{ tsize: '0' }, { tsize: '4096' }],
  [{ tsize: 'x' }, {}],
  [{ timeout: '5' }, { timeout: '5' }],
  [{ timeout: '0' }, {}],
  [{ timeout: '255' }, {}], // would hold a slot for half an hour
  [{ windowsize: '4' }, { windowsize: '4' }],
  [{ windowsize: '16' }, { windowsize: '16' }],
  [{ windowsize: '65535' }, { windowsize: '64' }],
  [{ windowsize: '0' }, {}],
  [{ multicast: '' }, {}],
  [
    { tsize: '0', blksize: '1468', windowsize: '4' },
    { tsize: '4096', blksize: '1468', windowsize: '4' },
  ],
]
for (const [asked, agreed] of cases)
  test(`asked for ${inspect(asked)}`, () => deepEqual(negotiate(asked, 4096).agreed, agreed))
