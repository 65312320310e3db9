/** The cache of images. Asked for again while somebody looks. */
import type { CachedObject, CacheView } from '../../../server/api/index.ts'
import type { Call } from '../api.ts'
import { bySrc, type CacheVerb } from '../cache.ts'

export class CacheState {
  value = $state.raw<CacheView | null>(null)
  readonly bySrc: ReadonlyMap<string, CachedObject> = $derived(bySrc(this.value?.objects ?? []))
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  async load(): Promise<void> {
    this.value = await this.#call('cache')
  }

  async ask(verb: CacheVerb, src: string): Promise<void> {
    this.value = await this.#call(verb, { body: { src } })
  }
}
