import { test } from 'node:test'
import { bind, flash, holdsTheImage, journey, meet } from './journey.ts'

test('OVMF HTTP Boot: met, inventoried, flashed, up from its disk', () =>
  journey({ firmware: 'uefi-http', mac: '52:54:00:77:00:03', bus: 'sata' }, async (way) => {
    await meet(way)
    await bind(way, 'bty-flash-once')
    await flash(way, 'bty-flash-once')
    await holdsTheImage(way)
  }))
