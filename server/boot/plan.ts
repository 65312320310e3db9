/** What an agent is told to do: the table 2.4 of the wire contract. Pure. */
import type { CatalogRow, MachineRow } from '../store/types.ts'
import { FLASH_MODES } from './cycle.ts'

export type BootPlan =
  | { mode: 'interactive'; catalog: string }
  | { mode: 'inventory' | 'exit' }
  | {
      mode: 'flash'
      image: string
      target_disk_serial: string
      name: string
      disk_image_sha?: string
      format?: string
    }

export interface PlanDecision {
  plan: BootPlan
  /** Details of the event `netboot.pxe.plan`. */
  details: Record<string, unknown>
}

/** What the cache said of an image's `src` before the plan was made (wire contract 9.2). */
export interface Probed {
  src: string
  /** A cache is in use; false for none. */
  configured: boolean
  /** Where the image is to be had from it; null for the origin. */
  url: string | null
}

/**
 * `host` is how the client reaches this server, with port. `image` is the catalog row of the machine's ref. A probe of
 * another image than that counts as a miss: the machine was bound anew meanwhile.
 */
export function planFor(
  machine: MachineRow,
  image: CatalogRow | null,
  host: string,
  probed: Probed | null = null,
): PlanDecision {
  const mode = machine.boot_mode
  const interactive = { mode: 'interactive' as const, catalog: `http://${host}/catalog.toml` }
  const make = (plan: BootPlan, kind: string, more?: Record<string, unknown>): PlanDecision => ({
    plan,
    details: { plan, boot_mode: mode, offer_kind: `plan:${kind}`, ...more },
  })

  if (mode === 'bty-tui') return make(interactive, 'interactive:tui')
  if (mode === 'bty-inventory') return make({ mode: 'inventory' }, 'inventory')
  if (!FLASH_MODES.includes(mode) || !machine.bty_image_ref) return make({ mode: 'exit' }, `exit:${mode}`)
  if (image === null || !machine.target_disk_serial) return make(interactive, 'interactive:flash-unresolved')
  const url = probed?.src === image.src ? probed.url : null
  const withcache =
    probed?.configured === true
      ? { configured: true, hit: url !== null, served_from: url === null ? 'origin' : 'withcache' }
      : { configured: false, hit: null, served_from: 'origin' }
  return make(flashPlan(image, machine.target_disk_serial, url), `flash:${mode}`, { withcache })
}

function flashPlan(image: CatalogRow, serial: string, cached: string | null): BootPlan {
  // An agent resolves oras itself, for the registry's token.
  const origin = image.src.startsWith('oras://') ? image.src : (image.resolved_src ?? image.src)
  return {
    mode: 'flash',
    image: cached ?? origin,
    target_disk_serial: serial,
    name: image.name,
    ...(image.disk_image_sha !== null && { disk_image_sha: image.disk_image_sha }),
    ...(image.format !== null && { format: image.format }),
  }
}
