/** What an operator does to a machine, with its event, in one durable transaction each. */
import type { MachineUpsert } from '../api/index.ts'
import { FRESH, flashesAgain } from '../boot/cycle.ts'
import type { Deps } from '../deps.ts'
import type { MachineRow, NewEvent } from '../store/types.ts'

type Parts = Pick<Deps, 'store' | 'hub' | 'progress'>

export function saveMachine(parts: Parts, mac: string, wish: MachineUpsert, ip: string | null): MachineRow {
  const { store, hub, progress } = parts
  const { machine, again } = store.durable(() => {
    const before = store.machines.get(mac)
    const again = before !== null && flashesAgain(before, wish)
    const { created } = store.machines.save(mac, wish)
    if (again) store.machines.change(mac, FRESH)
    store.events.add({
      ...operatorEvent(mac, ip),
      kind: created ? 'machine.created' : 'machine.upserted',
      summary: `Machine ${mac} ${created ? 'created' : 'saved'}: ${wish.boot_mode}, image ${wish.bty_image_ref?.slice(0, 12) ?? 'none'}${again ? '; it is flashed once more' : ''}`,
      details: {
        bty_image_ref: wish.bty_image_ref,
        boot_mode: wish.boot_mode,
        sanboot_drive: wish.sanboot_drive,
        labels: wish.labels,
        target_disk_serial: wish.target_disk_serial,
      },
    })
    return { machine: store.machines.get(mac)!, again }
  })
  if (again) progress.forget(mac)
  hub.machineChanged(mac)
  return machine
}

/** False when there is no such machine; nothing is written then. */
export function deleteMachine({ store, hub, progress }: Parts, mac: string, ip: string | null): boolean {
  const deleted = store.durable(() => {
    if (!store.machines.delete(mac)) return false
    store.events.add({
      ...operatorEvent(mac, ip),
      kind: 'machine.deleted',
      summary: `Machine ${mac} deleted`,
      details: null,
    })
    return true
  })
  if (deleted) {
    progress.forget(mac)
    hub.machineChanged(mac)
  }
  return deleted
}

/** Forgets arming and completion, so that the boot mode starts a new cycle. The row exists. */
export function rearmMachine({ store, hub, progress }: Parts, mac: string, ip: string | null): MachineRow {
  const machine = store.durable(() => {
    store.machines.change(mac, FRESH)
    const after = store.machines.get(mac)!
    store.events.add({
      ...operatorEvent(mac, ip),
      kind: 'machine.rearmed',
      summary: `Machine ${mac} starts ${after.boot_mode} again from the beginning`,
      details: { boot_mode: after.boot_mode },
    })
    return after
  })
  progress.forget(mac)
  hub.machineChanged(mac)
  return machine
}

function operatorEvent(
  mac: string,
  ip: string | null,
): Pick<NewEvent, 'subject_kind' | 'subject_id' | 'actor' | 'source_ip'> {
  return { subject_kind: 'machine', subject_id: mac, actor: 'operator', source_ip: ip }
}
