/** All machines, as the server streams them. Says plainly when the stream is lost. */
/* eslint-disable svelte/prefer-svelte-reactivity -- one signal for many thousand rows, not one each */
import type { ImagesUpdate, MachineSummary, MachinesUpdate, MachineView } from '../../../server/api/index.ts'

const RETRY_MS = 2_000

export class LiveState {
  /** Many thousand rows: one signal for all of them, not one each. */
  readonly #rows = new Map<string, MachineView>()
  #version = $state(0)
  readonly machines: readonly MachineView[] = $derived.by(() => {
    void this.#version
    return [...this.#rows.values()]
  })
  summary = $state.raw<MachineSummary | null>(null)
  images = $state.raw<ImagesUpdate | null>(null)
  status = $state<'connecting' | 'live' | 'lost'>('connecting')
  /** When the stream was lost, milliseconds since the epoch. */
  lostAtMs = $state(0)
  /** The first full picture has arrived. */
  ready = $state(false)

  #source: EventSource | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #refused: () => void
  readonly #flashed: (mac: string, phase: 'done' | 'failed') => void

  /** `refused` is called when the server turns the stream down, which it does when the session has ended. */
  constructor(refused: () => void, flashed: (mac: string, phase: 'done' | 'failed') => void) {
    this.#refused = refused
    this.#flashed = flashed
  }

  open(): void {
    this.close()
    const source = new EventSource('/events/machines')
    this.#source = source
    source.addEventListener('open', () => (this.status = 'live'))
    source.addEventListener('error', () => this.#lost(source))
    source.addEventListener('machines-update', (event) => this.take(JSON.parse(event.data)))
    source.addEventListener('dashboard-machine', (event) => (this.summary = JSON.parse(event.data)))
    source.addEventListener('dashboard-images', (event) => (this.images = JSON.parse(event.data)))
  }

  close(): void {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = null
  }

  machine(mac: string): MachineView | undefined {
    void this.#version
    return this.#rows.get(mac)
  }

  forget(mac: string): void {
    if (this.#rows.delete(mac)) this.#version++
  }

  take({ rows, removed, range }: MachinesUpdate): void {
    if (range !== undefined) {
      const sent = new Set(rows.map(({ mac }) => mac))
      for (const mac of this.#rows.keys())
        if (mac > range.after && (range.upto === null || mac <= range.upto) && !sent.has(mac))
          this.#rows.delete(mac)
    }
    for (const mac of removed) this.#rows.delete(mac)
    for (const row of rows) {
      const was = this.#rows.get(row.mac)
      // Only an end that was seen coming: a window that has just opened tells nothing old.
      if (was !== undefined && was.failure !== row.failure && row.failure !== null)
        this.#flashed(row.mac, 'failed')
      else if (
        was !== undefined &&
        was.last_flashed_at !== row.last_flashed_at &&
        row.last_flashed_at !== null
      )
        this.#flashed(row.mac, 'done')
      this.#rows.set(row.mac, row)
    }
    this.ready = true
    this.#version++
  }

  /** The browser comes back by itself after a broken connection, with Last-Event-ID; after a refusal it does not. */
  #lost(source: EventSource): void {
    if (this.status !== 'lost') this.lostAtMs = Date.now()
    this.status = 'lost'
    if (source.readyState !== EventSource.CLOSED) return
    this.#refused()
    this.#retry = setTimeout(() => this.open(), RETRY_MS)
  }
}
