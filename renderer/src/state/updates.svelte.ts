/** Whether a newer version of the console has been released. */
import type { UpdateState } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'

export class UpdatesState {
  value = $state.raw<UpdateState | null>(null)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    this.value = await this.#call('updates')
  }

  async ask(): Promise<void> {
    this.value = await this.#call('checkUpdates')
  }
}
