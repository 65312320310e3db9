import { planFor, type Probed } from '../boot/plan.ts'
import type { Deps } from '../deps.ts'

/**
 * Asks the cache for the image that this machine's plan will name; null where it will name none. At most three seconds,
 * so it runs before the transaction of the plan.
 */
export async function probeFor(
  { store, cache }: Pick<Deps, 'store' | 'cache'>,
  mac: string,
  host: string,
): Promise<Probed | null> {
  const machine = store.machines.get(mac)
  const image = machine?.bty_image_ref ? store.catalog.byRef(machine.bty_image_ref) : null
  if (machine === null || image === null || planFor(machine, image, host).plan.mode !== 'flash') return null
  const { src } = image
  const url = cache.urlFor(src, host)
  const hit = url !== null && (await cache.probe(src))
  return { src, configured: cache.kind !== 'off', url: hit ? url : null }
}
