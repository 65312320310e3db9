/** What a contact of a machine writes. Each function runs inside one transaction of the store. */
import { grubScript } from '../boot/grub.ts'
import { bootScript } from '../boot/ipxe.ts'
import { decide } from '../boot/decide.ts'
import { planFor, type BootPlan, type Probed } from '../boot/plan.ts'
import type { CatalogRow, MachineRow, Store } from '../store/types.ts'
import * as audit from './audit.ts'

export type Loader = 'ipxe' | 'grub'

/** `GET /pxe/{mac}` and `/pxe/{mac}/grub.cfg`: touches or discovers the machine, records the offer, returns the script. */
export function offerScript(
  store: Store,
  mac: string,
  ip: string | null,
  at: { host: string; version: string; arch?: string },
  loader: Loader = 'ipxe',
): { script: string; offerKind: string } {
  const machine = meet(store, mac, ip, `/pxe/${mac}`)
  const decision = decide(machine, imageOf(store, machine))
  if (decision.changes !== null) store.machines.change(mac, decision.changes)
  store.events.add(audit.offered(mac, ip, decision.details))
  const script = loader === 'grub' ? grubScript(machine, decision, at) : bootScript(machine, decision, at)
  return { script, offerKind: decision.details.offer_kind }
}

/** `GET /pxe/{mac}/plan`: the same with the plan; never changes the cycle. */
export function offerPlan(
  store: Store,
  mac: string,
  ip: string | null,
  host: string,
  probed: Probed | null,
): BootPlan {
  const machine = meet(store, mac, ip, `/pxe/${mac}/plan`)
  const { plan, details } = planFor(machine, imageOf(store, machine), host, probed)
  store.events.add(audit.planned(mac, ip, details))
  return plan
}

function meet(store: Store, mac: string, ip: string | null, path: string): MachineRow {
  const { machine, created } = store.machines.contact(mac, ip)
  if (created) store.events.add(audit.discovered(mac, ip, path))
  return machine
}

function imageOf(store: Store, machine: MachineRow): CatalogRow | null {
  return machine.bty_image_ref ? store.catalog.byRef(machine.bty_image_ref) : null
}
