import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import { bind, flash, holdsTheImage, journey, meet } from './journey.ts'

test('SeaBIOS with a plain PXE ROM: loads undionly.kpxe over TFTP, then all the way to its disk', () =>
  journey({ firmware: 'bios', mac: '52:54:00:77:00:05', bus: 'sata', plainRom: true }, async (way) => {
    await meet(way)
    const { entries } = await way.lab.operator.trace(way.machine.mac)
    ok(
      entries.some((entry) => entry.step === 'tftp-done' && entry.text.includes('undionly.kpxe')),
      `no transfer of undionly.kpxe in ${JSON.stringify(entries)}`,
    )
    await bind(way, 'bty-flash-once')
    await flash(way, 'bty-flash-once')
    await holdsTheImage(way)
  }))
