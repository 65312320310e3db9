/** What a reader of the machines stream is told before it may follow the changes: everything, or what it missed. */
import { type MachinesUpdate, type MachineView, STREAM_ROWS_MAX } from '../api/index.ts'
import type { Store } from '../store/types.ts'

export type Part = Omit<MachinesUpdate, 'seq'>
/** Its last part is what it returns. */
export type Picture = Generator<Part, Part>
type View = (mac: string) => MachineView | null

/** Every machine in the order of MACs, `pageRows` at a time. Each part is read when it is asked for. */
export function* everything(store: Pick<Store, 'machines'>, view: View, pageRows: number): Picture {
  let after = ''
  for (let told = pageRows; ; told += pageRows) {
    const macs = store.machines.after(after, pageRows).map(({ mac }) => mac)
    const last = macs.at(-1) ?? after
    const upto = macs.length < pageRows ? null : last
    const part = { full: true, range: { after, upto }, ...rowsOf(macs, view) }
    if (upto === null || told >= STREAM_ROWS_MAX) return part
    yield part
    after = last
  }
}

/** The machines of `macs` as they are now, `batchRows` at a time. */
export function* changes(macs: readonly string[], view: View, batchRows: number): Picture {
  for (let at = 0; ; at += batchRows) {
    const part = { full: false, ...rowsOf(macs.slice(at, at + batchRows), view) }
    if (at + batchRows >= macs.length) return part
    yield part
  }
}

function rowsOf(macs: readonly string[], view: View): Pick<Part, 'rows' | 'removed'> {
  const rows: MachineView[] = []
  const removed: string[] = []
  for (const mac of macs) {
    const row = view(mac)
    if (row === null) removed.push(mac)
    else rows.push(row)
  }
  return { rows, removed }
}
