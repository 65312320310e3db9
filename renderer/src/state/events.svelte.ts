/** The audit log as far as somebody has looked back. New rows arrive on top; a filter begins anew. */
import type { AuditEvent } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'
import { ALL_EVENTS, type EventFilter, filterQuery, searchOf } from '../events.ts'

const PAGE_ROWS = 100

export class EventsState {
  rows = $state.raw<AuditEvent[]>([])
  ready = $state(false)
  /** The oldest row that there is has been shown. */
  complete = $state(false)
  filter = $state.raw<EventFilter>(ALL_EVENTS)
  readonly #call: Call
  #generation = 0

  constructor(call: Call) {
    this.#call = call
  }

  /** Fetches what is new since the last time. */
  async load(): Promise<void> {
    const generation = this.#generation
    const page = await this.#page({})
    if (generation !== this.#generation) return
    const overlaps = this.rows.some((row) => row.id === page.at(-1)?.id)
    // Longer away than a page of events: what lies between is fetched by looking back, so the list begins anew.
    const older = overlaps ? this.rows.filter((row) => row.id < page.at(-1)!.id) : []
    this.complete = overlaps ? this.complete : page.length < PAGE_ROWS
    this.rows = [...page, ...older]
    this.ready = true
  }

  async older(): Promise<void> {
    const last = this.rows.at(-1)
    if (last === undefined) return
    const generation = this.#generation
    const page = await this.#page({ before_id: String(last.id) })
    if (generation !== this.#generation) return
    this.rows = [...this.rows, ...page]
    this.complete = page.length < PAGE_ROWS
  }

  /** Begins anew with another filter; nothing happens when it is the same. */
  show(filter: EventFilter): void {
    if (searchOf(filter) === searchOf(this.filter)) return
    this.filter = filter
    this.#generation++
    this.rows = []
    this.ready = false
  }

  async acknowledge(id: number): Promise<void> {
    await this.#call('ackEvent', { params: { id } })
    this.rows = this.rows.map((row) => (row.id === id ? { ...row, acknowledged: true } : row))
  }

  async #page(more: { before_id?: string }): Promise<AuditEvent[]> {
    const query = { ...filterQuery(this.filter), limit: String(PAGE_ROWS), ...more }
    return (await this.#call('events', { query })).events
  }
}
