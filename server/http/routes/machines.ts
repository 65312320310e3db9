import type { Machine, MachineUpsert } from '../../api/index.ts'
import type { HttpDeps, Kit } from '../app.ts'
import type { Handlers } from '../mount.ts'
import { noMachine } from '../not-found.ts'
import { deleteMachine, rearmMachine, saveMachine } from '../machines.ts'
import { machineJson, machineView } from '../view.ts'

export function machineHandlers(
  deps: HttpDeps,
  kit: Kit,
): Pick<
  Handlers,
  'machines' | 'machine' | 'saveMachine' | 'deleteMachine' | 'machineView' | 'machineTrace' | 'rearmMachine'
> {
  const { store } = deps
  const row = (mac: string) => {
    const found = store.machines.get(mac)
    if (found === null) throw noMachine(mac)
    return found
  }
  return {
    machines: () => store.machines.list().map(machineJson),
    machine: ({ mac }) => machineJson(row(mac)),
    machineView: ({ mac }) => machineView(row(mac), deps),
    machineTrace: ({ mac }) => ({ mac, entries: deps.trace.entries(mac) }),
    saveMachine: ({ ctx, mac, body }): Machine =>
      machineJson(saveMachine(deps, mac, body satisfies MachineUpsert, kit.ip(ctx))),
    deleteMachine({ ctx, mac }) {
      if (!deleteMachine(deps, mac, kit.ip(ctx))) throw noMachine(mac)
    },
    rearmMachine({ ctx, mac }) {
      row(mac)
      return machineJson(rearmMachine(deps, mac, kit.ip(ctx)))
    },
  }
}
