/** The machines that are chosen, and what is being done with all of them. */
/* eslint-disable svelte/prefer-svelte-reactivity -- one signal for many thousand rows, not one each */
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
  /** Never changed in place: many thousand may be chosen, and one signal tells of all. */
  chosen = $state.raw<ReadonlySet<string>>(new Set())
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
    this.#choose(range ? rangeOf(shown, this.#anchor, mac) : [mac], choose)
    this.#anchor = mac
  }

  /** All that are shown; none of them when all are chosen already. */
  toggleAll(shown: readonly string[]): void {
    this.#choose(shown, !shown.every((mac) => this.chosen.has(mac)))
  }

  clear(): void {
    this.chosen = new Set()
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
      else this.#choose([step.mac], false)
      this.progress = { done: ++done, total: steps.length }
    })
    this.#choose(
      failures.map(({ mac }) => mac),
      true,
    )
    this.failures = failures
    this.progress = null
    return steps.length - failures.length
  }

  #choose(macs: readonly string[], choose: boolean): void {
    const chosen = new Set(this.chosen)
    for (const mac of macs)
      if (choose) chosen.add(mac)
      else chosen.delete(mac)
    this.chosen = chosen
  }

  #send(verb: Wish['verb'], { mac, draft }: Step): Promise<unknown> {
    if (verb === 'delete') return this.#call('deleteMachine', { params: { mac } })
    if (verb === 'rearm') return this.#call('rearmMachine', { params: { mac } })
    return this.#call('saveMachine', { params: { mac }, body: upsertOf(draft!) })
  }
}
