/** What reports of an agent write. Each function is one durable transaction; false when no such machine is known. */
import { completeFlash, inventoriedAt } from '../boot/cycle.ts'
import type { Inventory, Progress } from '../api/index.ts'
import type { MachineRow, NewEvent, Store } from '../store/types.ts'
import * as audit from './audit.ts'
import { storedLshw } from './lshw.ts'

/** Disks replace the ones before; hardware is kept when this report has none. */
export function takeInventory(store: Store, mac: string, ip: string | null, report: Inventory): boolean {
  const lshw = storedLshw(report.lshw)
  const serials = report.disks.flatMap(({ serial }) => (serial ? [serial] : []))
  const count = report.disks.length
  const unknown = audit.orphan(mac, ip, 'inventory', { disk_count: count })
  return known(store, mac, unknown, (machine) => {
    const now = store.now()
    store.machines.change(mac, {
      known_disks: report.disks,
      known_disks_at: inventoriedAt(machine, now),
      last_seen_at: now,
      last_seen_ip: ip,
    })
    if (lshw !== null) store.machines.setLshw(mac, lshw)
    store.events.add(audit.inventoried(mac, ip, serials, count, lshw !== null))
  })
}

/** `boot`: UUID of the agent's boot. A repetition of a counted report only touches the machine. */
export function takeDone(store: Store, mac: string, ip: string | null, boot: string | null): boolean {
  return known(store, mac, audit.orphan(mac, ip, 'done'), (machine) => {
    const now = store.now()
    const completion = completeFlash(machine, now, boot)
    store.machines.change(mac, { ...completion, last_seen_at: now, last_seen_ip: ip })
    if (completion !== null) store.events.add(audit.flashed(mac, ip))
  })
}

/** `more` goes into the event's details. */
export function takeFailure(
  store: Store,
  mac: string,
  ip: string | null,
  reason: string,
  more: object = {},
): boolean {
  return known(store, mac, audit.orphan(mac, ip, 'failed'), () => {
    store.machines.touch(mac, ip)
    store.events.add(audit.flashFailed(mac, ip, reason, more))
  })
}

export function takePhase(store: Store, mac: string, ip: string | null, progress: Progress): boolean {
  return known(store, mac, audit.orphan(mac, ip, 'progress'), () => {
    store.machines.touch(mac, ip)
    store.events.add(audit.phaseReached(mac, ip, progress))
  })
}

function known(store: Store, mac: string, unknown: NewEvent, work: (machine: MachineRow) => void): boolean {
  return store.durable(() => {
    const machine = store.machines.get(mac)
    if (machine === null) store.events.add(unknown)
    else work(machine)
    return machine !== null
  })
}
