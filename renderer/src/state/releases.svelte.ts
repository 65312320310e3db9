/** Installed versions of the live media and fetches of new ones. Asked for again while somebody looks. */
import type { ReleasesView } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'

export class ReleasesState {
  value = $state.raw<ReleasesView | null>(null)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    this.value = await this.#call('releases')
  }

  async fetch(tag: string): Promise<void> {
    await this.#call('fetchRelease', { body: { tag } })
    await this.load()
  }

  async cancel(tag: string): Promise<void> {
    await this.#call('cancelFetch', { params: { tag } })
    await this.load()
  }

  /** Null gives the choice back to the newest complete version. */
  async use(version: string | null): Promise<void> {
    this.value = await this.#call('chooseVersion', { body: { version } })
  }

  async verify(version: string): Promise<void> {
    this.value = await this.#call('verifyVersion', { body: { version } })
  }

  async remove(version: string, active: boolean): Promise<void> {
    this.value = await this.#call('deleteVersion', { query: { version, active: active ? 'yes' : 'no' } })
  }
}
