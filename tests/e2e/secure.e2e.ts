import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { bind, flash, holdsTheImage, journey, LIMITS_MS, meet, type Journey } from './journey.ts'

test('OVMF with Secure Boot on: refuses iPXE once, then met by shim and GRUB, flashed, up from its disk', () =>
  journey({ firmware: 'uefi-secure', mac: '52:54:00:77:00:09', bus: 'nvme' }, async (way) => {
    await refuses(way)
    await meet(way)
    await bind(way, 'bty-flash-once')
    const boot = await flash(way, 'bty-flash-once')
    match(boot.console(), /Secure boot enabled/i)
    await holdsTheImage(way)
  }))

/** The first power-on: iPXE is fetched whole and not started, which is all that can be seen from outside. */
async function refuses({ lab, machine }: Journey): Promise<void> {
  const boot = machine.powerOn()
  const end = Date.now() + LIMITS_MS.diskBoot
  const steps = async () => (await lab.operator.trace(machine.mac)).entries
  while (!(await steps()).some(({ step, about }) => step === 'tftp-done' && about === 'snponly.efi')) {
    if (Date.now() > end) throw new Error(`iPXE was not fetched\n${boot.console().slice(-2000)}`)
    await pause(200)
  }
  // Long enough for an iPXE that was started to have asked for its address.
  await pause(5000)
  equal(
    (await steps()).some(({ step }) => step === 'http-script'),
    false,
  )
  await machine.powerOff()
}
