/** What happened to one machine: its boot trace and its events. */
import type { AuditEvent, Finding, Hardware, MachineView, TraceEntry } from '../../../server/api/index.ts'
import { ApiError, type Call } from '../api.ts'

export class StoryState {
  trace = $state.raw<TraceEntry[]>([])
  events = $state.raw<AuditEvent[]>([])
  /** Why it did not boot; null until asked. */
  findings = $state.raw<Finding[] | null>(null)
  /** The machine as last fetched; the live stream is newer once it is there. */
  machine = $state.raw<MachineView | null>(null)
  /** Null until it is known, and for a machine that reported none. */
  hardware = $state.raw<Hardware | null>(null)
  #hardwareOf: string | null = null
  missing = $state(false)
  readonly mac: string
  readonly #call: Call

  constructor(call: Call, mac: string) {
    this.#call = call
    this.mac = mac
  }

  async load(): Promise<void> {
    const params = { mac: this.mac }
    const query = { subject_kind: 'machine', subject_id: this.mac, limit: 100 }
    const [machine, trace, diagnosis, events] = await Promise.all([
      this.#call('machineView', { params }).catch(unlessMissing),
      this.#call('machineTrace', { params }).catch(unlessMissing),
      this.#call('machineDiagnosis', { params }).catch(unlessMissing),
      this.#call('events', { query }),
    ])
    this.missing = machine === null
    this.machine = machine
    this.trace = trace?.entries ?? []
    this.findings = diagnosis?.findings ?? []
    this.events = events.events
    await this.#loadHardware()
  }

  /** Once for each report of the machine: a tree may be large. */
  async #loadHardware(): Promise<void> {
    const report = this.machine?.has_lshw ? (this.machine.known_disks_at ?? '') : null
    if (report === this.#hardwareOf) return
    const params = { mac: this.mac }
    const answer =
      report === null ? null : await this.#call('machineHardware', { params }).catch(unlessMissing)
    this.hardware = answer?.hardware ?? null
    this.#hardwareOf = report
  }
}

function unlessMissing(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null
  throw error
}
