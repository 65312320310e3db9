/** The trace of the newest power-on, read as a boot. Pure. */
import type { TraceEntry } from '../api/index.ts'
import { NOWHERE } from '../netboot/dhcp/offer.ts'

export type Step = TraceEntry['step']

/** Firmware that comes back after so long has been switched on anew. */
const NEW_POWER_ON_MS = 15 * 60_000

export interface Boot {
  entries: readonly TraceEntry[]
  startedMs: number
  /** Milliseconds since the last entry. */
  quietMs: number
  firmware: { kind: 'pxe' | 'http'; arch: number | null } | null
  /** Newest entry of one of the steps that is about `what`. */
  last(steps: Step | readonly Step[], what?: (about: string) => boolean): TraceEntry | undefined
  count(step: Step): number
  /** True when something came behind `entry` that is one of `steps`. */
  after(entry: TraceEntry, steps: readonly Step[], what?: (about: string) => boolean): TraceEntry | undefined
}

/** Null when nothing was heard, or when the machine only passed by a second network entry of its boot order. */
export function newestBoot(trace: readonly TraceEntry[], nowMs: number): Boot | null {
  const entries = trace.slice(startOf(trace))
  const passing = entries.findLast(({ step }) => step === 'dhcp-offer')?.about ?? ''
  if (entries.length === 0 || passing.endsWith(NOWHERE)) return null
  const discover = entries.find(isFirmware)
  const last: Boot['last'] = (steps, what) => entries.findLast((entry) => matches(entry, steps, what))
  return {
    entries,
    startedMs: Date.parse(entries[0]!.at),
    quietMs: nowMs - Date.parse(entries.at(-1)!.at),
    firmware: discover === undefined ? null : firmwareOf(discover.about!),
    last,
    count: (step) => entries.reduce((sum, entry) => sum + (entry.step === step ? entry.count : 0), 0),
    after: (entry, steps, what) =>
      entries.slice(entries.indexOf(entry) + 1).find((later) => matches(later, steps, what)),
  }
}

/** Firmware asks first. Its repeats belong to the boot as long as nothing behind the boot program was reached. */
function startOf(trace: readonly TraceEntry[]): number {
  let start = 0
  let gotFar = false
  for (const [index, entry] of trace.entries()) {
    const gapMs = index === 0 ? 0 : Date.parse(entry.at) - Date.parse(trace[index - 1]!.at)
    if (isFirmware(entry) && (gotFar || gapMs > NEW_POWER_ON_MS)) {
      start = index
      gotFar = false
    }
    gotFar ||= FAR.includes(entry.step)
  }
  return start
}

const FAR: readonly Step[] = ['http-bootstrap', 'http-script', 'http-plan', 'agent']

function isFirmware({ step, about }: TraceEntry): boolean {
  return step === 'dhcp-discover' && about !== undefined && !about.startsWith('ipxe/')
}

export function isIpxe({ step, about }: TraceEntry): boolean {
  return step === 'dhcp-discover' && about?.startsWith('ipxe/') === true
}

function firmwareOf(about: string): Boot['firmware'] {
  const [kind, arch] = about.split('/')
  return { kind: kind === 'http' ? 'http' : 'pxe', arch: /^\d+$/.test(arch ?? '') ? Number(arch) : null }
}

function matches(
  entry: TraceEntry,
  steps: Step | readonly Step[],
  what?: (about: string) => boolean,
): boolean {
  const named = typeof steps === 'string' ? entry.step === steps : steps.includes(entry.step)
  return named && (what === undefined || (entry.about !== undefined && what(entry.about)))
}
