import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { bind, flash, holdsTheImage, journey, LIMITS_MS, meet, type Journey } from './journey.ts'

test('OVMF with Secure Boot on: refuses iPXE, is met the next time by shim and GRUB, flashed, up from its disk', () =>
  journey({ firmware: 'uefi-secure', mac: '52:54:00:77:00:09', bus: 'nvme' }, async (way) => {
    const refused = way.machine.powerOn()
    await refused.sees('Access Denied', LIMITS_MS.diskBoot)
    await way.machine.powerOff()
    // Somebody switches it on again.
    await meet(way)
    deepEqual(await programs(way), ['snponly.efi', 'grubx64.efi'])
    await bind(way, 'bty-flash-once')
    const boot = await flash(way, 'bty-flash-once')
    match(boot.console(), /Secure boot enabled/i)
    equal((await programs(way)).filter((name) => name === 'snponly.efi').length, 1)
    await holdsTheImage(way)
  }))

/** What the machine has fetched and could have started, in order; shim is told by the GRUB that it loads. */
async function programs({ lab, machine }: Journey): Promise<string[]> {
  const { entries } = await lab.operator.trace(machine.mac)
  return entries
    .filter(({ step, about }) => step === 'tftp-done' && /^(snponly|ipxe|grubx64)\.efi$/.test(about ?? ''))
    .map(({ about }) => about!)
}
