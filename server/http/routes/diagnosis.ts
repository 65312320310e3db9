import { cycleOf } from '../../boot/cycle.ts'
import type { Deps } from '../../deps.ts'
import { diagnose } from '../../diagnosis/diagnose.ts'
import type { BootFolder } from '../../pxe/folder.ts'
import type { Handlers } from '../mount.ts'
import { noMachine } from '../not-found.ts'

const EVENTS = 100

/** Why a machine, or a client that has only been heard, did not boot. */
export function diagnosisHandlers(
  deps: Deps,
  { bootFolder }: { bootFolder: Pick<BootFolder, 'activeVersion'> },
): Pick<Handlers, 'machineDiagnosis'> {
  const { store, trace, progress, netboot } = deps
  return {
    async machineDiagnosis({ mac }) {
      const version = await bootFolder.activeVersion()
      const row = store.machines.get(mac)
      const heard = trace.entries(mac)
      if (row === null && heard.length === 0) throw noMachine(mac)
      const ofMachine = { subject_kind: 'machine', subject_id: mac }
      const [failed] = store.events.list({
        ...ofMachine,
        kind: 'machine.flash_failed',
        failed: true,
        limit: 1,
      })
      const events = store.events.list({ ...ofMachine, limit: EVENTS })
      if (failed !== undefined && !events.some(({ id }) => id === failed.id)) events.push(failed)
      const findings = diagnose({
        nowMs: deps.now(),
        trace: heard,
        machine: row === null ? null : { ...row, cycle: cycleOf(row) },
        events,
        progress: progress.view(mac),
        netboot: netboot.state(),
        usesSquashfs: version !== deps.version,
      })
      return { mac, findings }
    },
  }
}
