/** The machines that are chosen, and what is being done with all of them. */
import { SvelteSet } from 'svelte/reactivity'
import { type Call, problemOf } from '../api.ts'
import type { Step, Wish } from '../bulk.ts'
import { upsertOf } from '../draft.ts'
import { inParallel } from '../parallel.ts'
import { rangeOf } from '../selection.ts'

const REQUESTS_AT_ONCE = 8

export interface Failure {
  mac: string
  why: string
}

export class BulkState {
  readonly chosen = new SvelteSet<string>()
  progress = $state.raw<{ done: number; total: number } | null>(null)
  failures = $state.raw<Failure[]>([])
  #anchor: string | null = null
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  /** Chooses `mac`, or lets it go; with `range` everything shown between it and the one touched last. */
  toggle(mac: string, shown: readonly string[], range: boolean): void {
    const choose = range || !this.chosen.has(mac)
    for (const key of range ? rangeOf(shown, this.#anchor, mac) : [mac])
      if (choose) this.chosen.add(key)
      else this.chosen.delete(key)
    this.#anchor = mac
  }

  /** All that are shown; none of them when all are chosen already. */
  toggleAll(shown: readonly string[]): void {
    const all = shown.every((mac) => this.chosen.has(mac))
    for (const mac of shown)
      if (all) this.chosen.delete(mac)
      else this.chosen.add(mac)
  }

  clear(): void {
    this.chosen.clear()
    this.failures = []
  }

  /** Sends every step; chosen stays what failed. Gives how many went well. */
  async run(verb: Wish['verb'], steps: readonly Step[], atOnce = REQUESTS_AT_ONCE): Promise<number> {
    const failures: Failure[] = []
    let done = 0
    this.failures = []
    this.progress = { done, total: steps.length }
    await inParallel(steps, atOnce, async (step) => {
      const why = await problemOf(() => this.#send(verb, step)).catch((error: unknown) => String(error))
      if (why !== null) failures.push({ mac: step.mac, why })
      else this.chosen.delete(step.mac)
      this.progress = { done: ++done, total: steps.length }
    })
    for (const { mac } of failures) this.chosen.add(mac)
    this.failures = failures
    this.progress = null
    return steps.length - failures.length
  }

  #send(verb: Wish['verb'], { mac, draft }: Step): Promise<unknown> {
    if (verb === 'delete') return this.#call('deleteMachine', { params: { mac } })
    if (verb === 'rearm') return this.#call('rearmMachine', { params: { mac } })
    return this.#call('saveMachine', { params: { mac }, body: upsertOf(draft!) })
  }
}
