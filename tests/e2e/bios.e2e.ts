import { test } from 'node:test'
import { bind, flash, holdsTheImage, journey, meet } from './journey.ts'

test('SeaBIOS with an iPXE ROM: met, inventoried, flashed, up from its disk', () =>
  journey({ firmware: 'bios', mac: '52:54:00:77:00:01', bus: 'virtio' }, async (way) => {
    await meet(way)
    await bind(way, 'bty-flash-once')
    await flash(way, 'bty-flash-once')
    await holdsTheImage(way)
  }))
