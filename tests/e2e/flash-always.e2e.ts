import { test } from 'node:test'
import { LIMITS_MS, bind, flash, holdsTheImage, isOrder, journey, meet } from './journey.ts'

test('bty-flash-always: every other boot is from the disk', () =>
  journey({ firmware: 'uefi', mac: '52:54:00:77:00:04', bus: 'virtio' }, async (way) => {
    await meet(way)
    await bind(way, 'bty-flash-always')
    await flash(way, 'bty-flash-always')
    // The flashed system reboots by itself; the next network boot flashes again.
    await way.happened('machine.flashed', LIMITS_MS.flash, 2)
    const offers = (await way.trail()).filter((kind) => kind.startsWith('netboot.pxe.offered:bty-flash'))
    isOrder(offers, [
      'netboot.pxe.offered:bty-flash-always',
      'netboot.pxe.offered:bty-flash-always-sanboot',
      'netboot.pxe.offered:bty-flash-always',
    ])
    await holdsTheImage(way)
  }))
