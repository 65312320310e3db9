/** Which machines to show, in which order, and where each one stands. Pure. */
import type { MachineView, ProgressView } from '../../server/api/index.ts'
import { words } from './words.ts'

/** An agent reports twice a second; after this long without a word something is wrong. */
export const SILENT_AFTER_MS = 20_000

export type Standing = 'working' | 'silent' | 'failed' | 'waiting' | 'done' | 'idle'
export type Filter = 'all' | 'working' | 'failed' | 'waiting' | 'done' | 'unassigned'
export type SortKey = 'mac' | 'image' | 'mode' | 'state' | 'seen' | 'ip'
export interface Order {
  key: SortKey
  descending: boolean
}

const FLASHING = new Set<ProgressView['phase']>(['download', 'write', 'verify'])
const TALKING = new Set<ProgressView['phase']>(['inventory', 'plan'])
const RANK: Record<Standing, number> = { failed: 0, silent: 1, working: 2, waiting: 3, done: 4, idle: 5 }

/** Where a machine stands now. A flash that went silent is not over: its bytes are half on the disk. */
export function standingOf(machine: MachineView, nowMs: number): Standing {
  const { progress } = machine
  if (progress !== null) {
    const silent = nowMs - Date.parse(progress.updated_at) > SILENT_AFTER_MS
    if (FLASHING.has(progress.phase)) return silent ? 'silent' : 'working'
    if (TALKING.has(progress.phase) && !silent) return 'working'
  }
  if (machine.failure !== null || progress?.phase === 'failed') return 'failed'
  if (machine.boot_state === '') return 'idle'
  // Wire contract 2.6: the labels of a cycle that is through, and of no other, end so.
  return machine.boot_state.endsWith('; booting disk') ? 'done' : 'waiting'
}

/** The bytes that tell how far the phase is: what reached the disk while writing, what was read otherwise. */
export function bytesOf(progress: ProgressView): { done: number; total: number | null } {
  if (progress.phase === 'write' && progress.bytes_written_total !== null)
    return { done: progress.bytes_written, total: progress.bytes_written_total }
  return { done: progress.bytes_read, total: progress.bytes_read_total }
}

export function isFlashMode(mode: string): boolean {
  return mode === 'bty-flash-always' || mode === 'bty-flash-once'
}

/** The image as a list shows it; null when none is bound. */
export function imageOf(machine: MachineView): string | null {
  if (machine.bty_image_ref === null) return null
  return machine.image_name ?? words.machines.orphan(machine.bty_image_ref)
}

export function matches(machine: MachineView, filter: Filter, nowMs: number): boolean {
  if (filter === 'all') return true
  if (filter === 'unassigned') return machine.bty_image_ref === null
  const standing = standingOf(machine, nowMs)
  return filter === 'working' ? standing === 'working' || standing === 'silent' : standing === filter
}

/** Why the last flash failed, without the machine's name; empty when it did not fail. */
export function failureOf({ mac, failure, progress }: MachineView): string {
  const text = failure ?? progress?.error?.text ?? ''
  return text.startsWith(mac) ? text.slice(text.indexOf(': ') + 2) : text
}

/** Substring of MAC (with or without separators), label, image, reference or address, whatever the case. */
export function found(machine: MachineView, query: string): boolean {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return true
  const bare = wanted.replace(/[:.-]/g, '')
  if (/^[0-9a-f]{2,12}$/.test(bare) && machine.mac.replaceAll(':', '').includes(bare)) return true
  const fields = [
    machine.mac,
    ...machine.labels,
    machine.image_name,
    machine.bty_image_ref,
    machine.last_seen_ip,
  ]
  return [...fields, words.modeName(machine.boot_mode)].some(
    (field) => field?.toLowerCase().includes(wanted) === true,
  )
}

/** Sorted copy; the MAC breaks ties, and what is unknown goes last in either direction. */
export function sorted(machines: readonly MachineView[], order: Order, nowMs: number): MachineView[] {
  const value = (machine: MachineView) => sortValue(machine, order.key, nowMs)
  const sign = order.descending ? -1 : 1
  return machines
    .map((machine) => ({ machine, value: value(machine) }))
    .sort((a, b) => compared(a.value, b.value, sign) || (a.machine.mac < b.machine.mac ? -1 : 1))
    .map(({ machine }) => machine)
}

function compared(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === 'number' || typeof b === 'number') return a < b ? -sign : sign
  return a.localeCompare(b, 'en', { numeric: true }) * sign
}

function sortValue(machine: MachineView, key: SortKey, nowMs: number): string | number | null {
  switch (key) {
    case 'mac':
      return Number.parseInt(machine.mac.replaceAll(':', ''), 16)
    case 'image':
      return imageOf(machine)
    case 'mode':
      return words.modeName(machine.boot_mode)
    case 'state':
      return RANK[standingOf(machine, nowMs)]
    case 'seen':
      return machine.last_seen_at === null ? null : -Date.parse(machine.last_seen_at)
    case 'ip':
      return machine.last_seen_ip
  }
}
