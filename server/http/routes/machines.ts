import { Readable } from 'node:stream'
import type { z } from 'zod'
import { listWish, MACHINE_SORTS, pageBounds } from '../../api/lists.ts'
import type { Machine, MachineListQuery, MachineUpsert } from '../../api/index.ts'
import type { MachineWishList } from '../../store/machine-list.ts'
import type { MachineRow, Store } from '../../store/types.ts'
import type { HttpDeps, Kit } from '../kit.ts'
import type { Handlers } from '../mount.ts'
import { noMachine } from '../not-found.ts'
import { deleteMachine, rearmMachine, saveMachine } from '../machines.ts'
import { listHeaders } from '../list-headers.ts'
import { machineJson, machineView } from '../view.ts'

export function machineHandlers(
  deps: HttpDeps,
  kit: Kit,
): Pick<
  Handlers,
  | 'machines'
  | 'machineViews'
  | 'machine'
  | 'saveMachine'
  | 'deleteMachine'
  | 'machineView'
  | 'machineTrace'
  | 'rearmMachine'
> {
  const { store } = deps
  const row = (mac: string) => {
    const found = store.machines.get(mac)
    if (found === null) throw noMachine(mac)
    return found
  }
  return {
    machines({ ctx, query }) {
      const wish = machineWish(query)
      const isEverything = wish.paged === null && wish.q === '' && wish.filter === null && isByMac(wish)
      if (isEverything && store.machines.summary().total > ROWS_AT_ONCE) {
        listHeaders(ctx, wish, pageBoundsOf(store.machines.summary().total))
        const first = store.machines.after('', ROWS_AT_ONCE)
        ctx.type = 'json'
        ctx.body = Readable.from(arrayText(first, store))
        return []
      }
      const page = store.machines.page(wish)
      listHeaders(ctx, wish, page)
      return page.machines.map(machineJson)
    },
    machineViews({ ctx, query }) {
      const wish = machineWish({ ...query, page: query.page ?? '1' })
      const page = store.machines.page(wish)
      listHeaders(ctx, wish, page)
      return page.machines.map((machine) => machineView(machine, deps))
    },
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

function machineWish(query: z.output<typeof MachineListQuery>): MachineWishList {
  const { filter } = query
  return {
    ...listWish(query, MACHINE_SORTS),
    filter: filter === 'discovered' || filter === 'assigned' ? filter : null,
  }
}

function isByMac({ sort, descending }: MachineWishList): boolean {
  return (sort === null || sort === 'mac') && !descending
}

function pageBoundsOf(total: number) {
  return { ...pageBounds(total, null), total }
}

/** Rows that are read and written in one go, so that others are served in between. */
const ROWS_AT_ONCE = 200

/** The text of the array of all machines, of which `rows` are the first. */
async function* arrayText(rows: MachineRow[], { machines }: Pick<Store, 'machines'>): AsyncGenerator<string> {
  for (let lead = '['; rows.length > 0; lead = ',') {
    yield lead + rows.map((row) => JSON.stringify(machineJson(row))).join(',')
    await new Promise((resolve) => setImmediate(resolve))
    rows = machines.after(rows.at(-1)!.mac, ROWS_AT_ONCE)
  }
  yield ']'
}
