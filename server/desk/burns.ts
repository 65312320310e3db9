import { randomUUID } from 'node:crypto'
import { isAbsolute } from 'node:path'
import type { MediumRequest } from '../../flasher/burn/medium.ts'
import type { BurnImage } from '../../flasher/burn/image.ts'
import type { Disk } from '../../flasher/disk/list.ts'
import { HelperError } from '../../flasher/helper/error.ts'
import type { StickAnswer } from '../../flasher/helper/messages.ts'
import type { Burn, BurnWish, DriveTarget, StickFacts } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import { advancedBurn, begunBurn, brokenBurn, endedBurn } from './burn.ts'
import { addressOf, confirmed } from './drive-target.ts'
import { DeskError } from './error.ts'
import type { HelperDoor } from './helper-door.ts'
import type { Media } from './media.ts'

export interface Burns {
  list(): Burn[]
  /** Begins and returns at once. @throws {DeskError} */
  start(wish: BurnWish, ip: string | null): Promise<Burn>
  /** Tells a burn to stop; how it ended is in `list`. @throws {DeskError} */
  cancel(id: string): Burn
  /** @throws {DeskError} */
  inspect(target: DriveTarget): Promise<StickFacts | null>
  close(): Promise<void>
}

export interface BurnsOptions {
  door: HelperDoor
  media: Media
  /** Host and port under which this machine reaches the console. */
  host: () => string
  list: () => Promise<Disk[]>
}

/** Burns that are remembered when they have ended. */
const KEPT = 20

export function stickBurns(
  deps: Pick<Deps, 'store' | 'cache' | 'log' | 'now'>,
  { door, media, host, list }: BurnsOptions,
): Burns {
  const burns = new Map<string, Burn>()
  const running = new Map<string, { stop: AbortController; ended: Promise<void> }>()
  const at = () => new Date(deps.now()).toISOString()

  function keep(burn: Burn): Burn {
    burns.set(burn.id, burn)
    const over = [...burns.keys()].filter((id) => !running.has(id) && id !== burn.id)
    for (const id of over.slice(0, Math.max(0, burns.size - KEPT))) burns.delete(id)
    return burn
  }

  function record(burn: Burn, ip: string | null): void {
    const verb = {
      running: 'began',
      completed: 'are complete and were read back',
      failed: 'failed',
      cancelled: 'was cancelled',
    }[burn.status]
    const kind = burn.status === 'running' ? 'started' : burn.status
    const places = burn.targets.map(({ path }) => path).join(', ')
    const what =
      burn.status === 'completed'
        ? `Sticks ${places} with ${burn.medium}`
        : `Burning ${burn.medium} to ${places}`
    deps.store.durable(() =>
      deps.store.events.add({
        kind: `desk.burn.${kind}`,
        subject_kind: null,
        subject_id: burn.id,
        actor: 'operator',
        source_ip: ip,
        summary: `${what} ${verb}${burn.error === null ? '' : `: ${burn.error}`}`,
        details: {
          medium: burn.medium,
          images: burn.images,
          targets: burn.targets.map(({ path, model, update, state, error }) => ({
            ...{ path, model, update, state, error },
          })),
        },
      }),
    )
  }

  async function work(
    { id }: Burn,
    wish: BurnWish,
    medium: MediumRequest,
    images: BurnImage[],
    ip: string | null,
    stop: AbortController,
  ): Promise<void> {
    try {
      const targets = wish.targets.map((target) => ({ ...confirmed(target), update: target.update }))
      const answer = await door.use((helper) =>
        helper.burn(
          { medium, images, targets, allowFixed: wish.allow_fixed },
          { signal: stop.signal, onProgress: (progress) => keep(advancedBurn(burns.get(id)!, progress)) },
        ),
      )
      keep(endedBurn(burns.get(id)!, answer, at(), stop.signal.aborted))
    } catch (error) {
      const isLost = error instanceof HelperError && error.code === 'died'
      const status = stop.signal.aborted && !isLost ? 'cancelled' : 'failed'
      const reason = status === 'cancelled' ? 'cancelled' : (error as Error).message
      keep(brokenBurn(burns.get(id)!, reason, at(), status))
    } finally {
      running.delete(id)
      try {
        record(burns.get(id)!, ip)
      } catch (error) {
        deps.log.error(`the event of a burn cannot be stored: ${(error as Error).message}`)
      }
    }
  }

  async function mediumOf({ medium }: BurnWish): Promise<MediumRequest & { name: string }> {
    if ('name' in medium) {
      const { path, name, sha256 } = await media.find(medium.name)
      return { src: path, sha256, name }
    }
    if (!isAbsolute(medium.path)) throw new DeskError(422, `${medium.path} is no absolute path`)
    return { src: medium.path, sha256: null, name: medium.path }
  }

  function imagesOf({ images }: BurnWish): BurnImage[] {
    return images.map((ref) => {
      const row = deps.store.catalog.byRef(ref)
      if (row === null) throw new DeskError(404, `no catalog image with ref ${ref}`)
      const { name, format, disk_image_sha: sha256, arch, description } = row
      const src = addressOf(row, deps.cache.urlFor(row.src, host()))
      return { name, src, format, sha256, arch: arch || null, description: description || null }
    })
  }

  return {
    list: () => [...burns.values()].toReversed(),
    async start(wish, ip) {
      if (door.problem !== null) throw new DeskError(503, door.problem)
      const taken = [...running.keys()].flatMap((id) => burns.get(id)!.targets.map(({ path }) => path))
      const busy = wish.targets.find(({ path }) => taken.includes(path))
      if (busy !== undefined) throw new DeskError(409, `${busy.path} is being burnt already`)
      const images = imagesOf(wish)
      const { name, ...medium } = await mediumOf(wish)
      const disks = await list().catch(() => [])
      const models = new Map(disks.map((disk) => [disk.path, disk.model]))
      const names = images.map((image) => image.name)
      const burn = begunBurn(randomUUID(), name, names, wish.targets, models, at())
      record(burn, ip)
      const stop = new AbortController()
      keep(burn)
      running.set(burn.id, { stop, ended: work(burn, wish, medium, images, ip, stop) })
      return burn
    },
    cancel(id) {
      const burn = burns.get(id)
      if (burn === undefined) throw new DeskError(404, `no burn with id ${id}`)
      running.get(id)?.stop.abort()
      return burn
    },
    async inspect(target) {
      if (door.problem !== null) throw new DeskError(503, door.problem)
      try {
        return factsOf(await door.use((helper) => helper.stick(confirmed(target))))
      } catch (error) {
        throw new DeskError(409, (error as Error).message)
      }
    },
    async close() {
      const all = [...running.values()]
      for (const { stop } of all) stop.abort()
      await Promise.allSettled(all.map((one) => one.ended))
      await media.close()
    },
  }
}

function factsOf(stick: StickAnswer): StickFacts | null {
  if (stick === null) return null
  const { version, liveBytes, imagesBytes, freeBytes, dirty, files, problem } = stick
  return {
    ...{ version, dirty, files, problem },
    live_bytes: liveBytes,
    images_bytes: imagesBytes,
    free_bytes: freeBytes,
  }
}
