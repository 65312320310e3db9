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

/** How many machines each filter shows. */
export function countsOf(machines: readonly MachineView[], nowMs: number): Record<Filter, number> {
  const counts = { all: machines.length, working: 0, failed: 0, waiting: 0, done: 0, unassigned: 0 }
  for (const machine of machines) {
    const standing = standingOf(machine, nowMs)
    if (standing !== 'idle') counts[standing === 'silent' ? 'working' : standing]++
    if (machine.bty_image_ref === null) counts.unassigned++
  }
  return counts
}

/** Sorted copy; the MAC breaks ties, and what is unknown goes last in either direction. */
export function sorted(machines: readonly MachineView[], order: Order, nowMs: number): MachineView[] {
  const sign = order.descending ? -1 : 1
  const byMac = (a: MachineView, b: MachineView) => (a.mac < b.mac ? -1 : 1)
  const { key } = order
  if (key === 'mac') return machines.toSorted((a, b) => byMac(a, b) * sign)
  const values = machines.map((machine) => sortValue(machine, key, nowMs))
  const rank = ranksOf(values)
  return machines
    .map((machine, n) => ({ machine, value: rank(values[n]!) }))
    .sort((a, b) => compared(a.value, b.value, sign) || byMac(a.machine, b.machine))
    .map(({ machine }) => machine)
}

const collator = new Intl.Collator('en', { numeric: true })

/** Text costs much to compare, and a fleet has few different ones: each is compared once. */
function ranksOf(values: readonly SortValue[]): (value: SortValue) => number | null {
  const texts = [...new Set(values.filter((value) => typeof value === 'string'))].sort(collator.compare)
  const ranks = new Map(texts.map((text, rank) => [text, rank]))
  return (value) => (typeof value === 'string' ? ranks.get(value)! : value)
}

function compared(a: number | null, b: number | null, sign: number): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return (a - b) * sign
}

type SortValue = string | number | null

function sortValue(machine: MachineView, key: Exclude<SortKey, 'mac'>, nowMs: number): SortValue {
  switch (key) {
    case 'image':
      return imageOf(machine)
    case 'mode':
      return words.modeName(machine.boot_mode)
    case 'state':
      return RANK[standingOf(machine, nowMs)]
    case 'seen':
      return machine.last_seen_at === null ? null : -Date.parse(machine.last_seen_at)
    case 'ip':
      return machine.last_seen_ip === null ? null : addressValue(machine.last_seen_ip)
  }
}

/** IPv4 by its number; anything else behind, by its text. */
function addressValue(ip: string): number {
  const parts = ip.split('.').map(Number)
  if (parts.length === 4) return parts.reduce((value, part) => value * 256 + part, 0)
  return 2 ** 32 + Number.parseInt(ip, 16)
}
