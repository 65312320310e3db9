/** All machines, as the server streams them. Says plainly when the stream is lost. */
import { SvelteMap } from 'svelte/reactivity'
import type { ImageSummary, MachineSummary, MachinesUpdate, MachineView } from '../../../server/api/index.ts'

const RETRY_MS = 2_000

export class LiveState {
  readonly machines = new SvelteMap<string, MachineView>()
  summary = $state.raw<MachineSummary | null>(null)
  images = $state.raw<ImageSummary | null>(null)
  status = $state<'connecting' | 'live' | 'lost'>('connecting')
  /** When the stream was lost, milliseconds since the epoch. */
  lostAtMs = $state(0)
  /** The first full picture has arrived. */
  ready = $state(false)

  #source: EventSource | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #refused: () => void

  /** `refused` is called when the server turns the stream down, which it does when the session has ended. */
  constructor(refused: () => void) {
    this.#refused = refused
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

  take(update: MachinesUpdate): void {
    const sent = update.rows.map(({ mac }) => mac)
    const removed = update.full
      ? [...this.machines.keys()].filter((mac) => !sent.includes(mac))
      : update.removed
    for (const mac of removed) this.machines.delete(mac)
    for (const row of update.rows) this.machines.set(row.mac, row)
    this.ready = true
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
