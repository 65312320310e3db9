/** Media for sticks, what chosen sticks hold, and burns. */
import type { Burn, BurnWish, Drive, StickFacts, StickMedia } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'
import { endedSince } from '../ended.ts'
import { targetOf } from './drives.svelte.ts'

/** One drive among others, as long as it is plugged in. */
export const keyOf = ({ path, serial, size_bytes }: Drive) => `${path} ${serial} ${size_bytes}`

/** Of the drives that were looked at, by `keyOf`: what they hold, null for no stick, or why it cannot be told. */
export type StickFindings = Readonly<Record<string, StickFacts | null | { failure: string }>>

export class SticksState {
  media = $state.raw<StickMedia | null>(null)
  burns = $state.raw<Burn[]>([])
  facts = $state.raw<StickFindings>({})
  readonly #call: Call
  readonly #ended: (work: Burn) => void

  /** `ended` hears of each that was running and is over. */
  constructor(call: Call, ended: (work: Burn) => void) {
    this.#call = call
    this.#ended = ended
  }

  #take(burns: Burn[]): void {
    const over = endedSince(this.burns, burns)
    this.burns = burns
    over.forEach(this.#ended)
  }

  async load(): Promise<void> {
    const [media, { burns }] = await Promise.all([this.#call('stickMedia'), this.#call('burns')])
    this.media = media
    this.#take(burns)
  }

  async loadBurns(): Promise<void> {
    this.#take((await this.#call('burns')).burns)
  }

  async inspect(drive: Drive): Promise<void> {
    const told = await this.#call('inspectStick', { body: targetOf(drive) }).then(
      ({ stick }) => stick,
      (error: Error) => ({ failure: error.message }),
    )
    this.facts = { ...this.facts, [keyOf(drive)]: told }
  }

  async burn(wish: BurnWish): Promise<void> {
    await this.#call('startBurn', { body: wish })
    // What they hold changes now.
    const paths = wish.targets.map(({ path }) => `${path} `)
    const known = Object.entries(this.facts)
    this.facts = Object.fromEntries(known.filter(([key]) => !paths.some((path) => key.startsWith(path))))
    await this.loadBurns()
  }

  async cancel(key: string): Promise<void> {
    await this.#call('cancelBurn', { params: { key } })
    await this.loadBurns()
  }

  async fetch(): Promise<void> {
    await this.#call('fetchStickMedium', { body: {} })
    await this.load()
  }

  async cancelFetch(): Promise<void> {
    await this.#call('cancelStickMedium')
    await this.load()
  }
}
