import { test } from 'node:test'
import { bind, flash, holdsTheImage, journey, meet } from './journey.ts'

test('OVMF PXE: met, inventoried, flashed, up from its disk', () =>
  journey({ firmware: 'uefi', mac: '52:54:00:77:00:02', bus: 'nvme' }, async (way) => {
    await meet(way)
    await bind(way, 'bty-flash-once')
    await flash(way, 'bty-flash-once')
    await holdsTheImage(way)
  }))
