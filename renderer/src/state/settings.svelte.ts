/** Every setting with its source. Asked for again after each change, and when somebody comes to look. */
import type { Settings } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'

type Scalar = string | number | boolean

export class SettingsState {
  value = $state.raw<Settings | null>(null)
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    this.value = await this.#call('settings')
  }

  /** Null takes the key out again. */
  async save(store: 'config' | 'overrides', key: string, value: Scalar | null): Promise<void> {
    const params = { key }
    if (store === 'config')
      this.value =
        value === null
          ? await this.#call('clearConfigKey', { params })
          : await this.#call('saveConfigKey', { params, body: { value } })
    else
      this.value =
        value === null
          ? await this.#call('clearOverride', { params })
          : await this.#call('saveOverride', { params, body: { value } })
  }
}
