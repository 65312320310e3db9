/** What a list of machines shows and how, as an address: `?show=failed&q=rack&sort=-seen`. Pure. */
import type { Filter, Order, SortKey } from './machines.ts'
import { machinesWords } from './words/machines.ts'

export interface MachineTableView {
  query: string
  filter: Filter
  order: Order
}

const FILTERS = Object.keys(machinesWords.filters) as Filter[]
const KEYS = Object.keys(machinesWords.columns) as SortKey[]

export const ALL_MACHINES: MachineTableView = {
  query: '',
  filter: 'all',
  order: { key: 'mac', descending: false },
}

/** Reads the query part of an address; what it does not know is left out. */
export function tableOf(search: string): MachineTableView {
  const given = new URLSearchParams(search)
  const sort = given.get('sort') ?? ''
  return {
    query: (given.get('q') ?? '').slice(0, 256),
    filter: FILTERS.find((filter) => filter === given.get('show')) ?? 'all',
    order: { key: KEYS.find((key) => key === sort.replace('-', '')) ?? 'mac', descending: sort[0] === '-' },
  }
}

/** The inverse of `tableOf`; empty for the list as it is at first. */
export function searchOfTable({ query, filter, order }: MachineTableView): string {
  const given = new URLSearchParams()
  if (filter !== 'all') given.set('show', filter)
  if (query !== '') given.set('q', query)
  const sort = `${order.descending ? '-' : ''}${order.key}`
  if (sort !== 'mac') given.set('sort', sort)
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}
