import { randomUUID } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { listDisks } from '../../flasher/disk/list.ts'
import type { Disk } from '../../flasher/disk/list.ts'
import { HelperError } from '../../flasher/helper/error.ts'
import { runTool } from '../../flasher/run.ts'
import type { Drive, DriveTarget, FlashWish, LocalFlash } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import { addressOf, confirmed } from './drive-target.ts'
import { DeskError } from './error.ts'
import type { HelperDoor } from './helper-door.ts'
import { advanced, begun, broken, ended } from './local-flash.ts'

export interface Desk {
  drives(): Promise<{ drives: Drive[]; problem: string | null }>
  /** @throws {DeskError} */
  free(target: DriveTarget): Promise<{ freed: string[]; busy: string[] }>
  flashes(): LocalFlash[]
  /** Begins and returns at once. @throws {DeskError} */
  flash(wish: FlashWish, ip: string | null): Promise<LocalFlash>
  /** Tells a flash to stop; how it ended is in `flashes`. @throws {DeskError} */
  cancel(id: string): LocalFlash
  /** How an ended flash went, second by second. @throws {DeskError} */
  record(id: string): Record<string, unknown>
  /** Cancels what runs and lets the helper go. */
  close(): Promise<void>
}

export interface DeskOptions {
  door: HelperDoor
  /** Host and port under which this machine reaches the console. */
  host: () => string
  list?: () => Promise<Disk[]>
}

/** Flashes that are remembered when they have ended. */
const KEPT = 20

export function createDesk(
  deps: Pick<Deps, 'store' | 'cache' | 'hub' | 'log' | 'now'>,
  options: DeskOptions,
): Desk {
  const { door, list = () => listDisks(runTool) } = options
  const flashes = new Map<string, LocalFlash>()
  const records = new Map<string, Record<string, unknown>>()
  const running = new Map<string, { stop: AbortController; ended: Promise<void> }>()
  const at = () => new Date(deps.now()).toISOString()

  function record(flash: LocalFlash, ip: string | null): void {
    const places = flash.targets.map(({ path }) => path).join(', ')
    const verb = {
      running: 'began',
      completed: 'was written and verified',
      failed: 'failed',
      cancelled: 'was cancelled',
    }
    const kind = { running: 'started', completed: 'completed', failed: 'failed', cancelled: 'cancelled' }
    deps.store.durable(() =>
      deps.store.events.add({
        kind: `desk.flash.${kind[flash.status]}`,
        subject_kind: null,
        subject_id: flash.id,
        actor: 'operator',
        source_ip: ip,
        summary: `Local flash of ${flash.image} to ${places} ${verb[flash.status]}${flash.error === null ? '' : `: ${flash.error}`}`,
        details: {
          image: flash.image,
          targets: flash.targets.map(({ path, model, state, verified, error }) => ({
            path,
            model,
            state,
            verified,
            error,
          })),
        },
      }),
    )
  }

  function keep(flash: LocalFlash): LocalFlash {
    flashes.set(flash.id, flash)
    const over = [...flashes.keys()].filter((id) => !running.has(id) && id !== flash.id)
    for (const id of over.slice(0, Math.max(0, flashes.size - KEPT))) {
      flashes.delete(id)
      records.delete(id)
    }
    return flash
  }

  async function work(
    flash: LocalFlash,
    wish: FlashWish,
    image: Source,
    ip: string | null,
    stop: AbortController,
  ) {
    try {
      const answer = await door.use((helper) =>
        helper.flash(
          { ...image.plan, targets: wish.targets.map(confirmed), verify: wish.verify },
          { signal: stop.signal, onProgress: (progress) => keep(advanced(flashes.get(flash.id)!, progress)) },
        ),
      )
      records.set(flash.id, answer.record as Record<string, unknown>)
      keep(ended(flashes.get(flash.id)!, answer, at(), stop.signal.aborted))
    } catch (error) {
      const cancelled = stop.signal.aborted && !(error instanceof HelperError && error.code === 'died')
      const reason = error instanceof Error ? error.message : String(error)
      keep(
        broken(
          flashes.get(flash.id)!,
          cancelled ? 'cancelled' : reason,
          at(),
          cancelled ? 'cancelled' : 'failed',
        ),
      )
    } finally {
      running.delete(flash.id)
      try {
        record(flashes.get(flash.id)!, ip)
      } catch (error) {
        deps.log.error(`the event of a local flash cannot be stored: ${(error as Error).message}`)
      }
    }
  }

  return {
    async drives() {
      const disks = await list()
      return { drives: disks.map(driveOf), problem: door.problem }
    },
    async free(target) {
      if (door.problem !== null) throw new DeskError(503, door.problem)
      try {
        return await door.use((helper) => helper.unmount(confirmed(target)))
      } catch (error) {
        throw new DeskError(409, (error as Error).message)
      }
    },
    flashes: () => [...flashes.values()].toReversed(),
    async flash(wish, ip) {
      if (door.problem !== null) throw new DeskError(503, door.problem)
      const taken = [...running.keys()].flatMap((id) => flashes.get(id)!.targets.map(({ path }) => path))
      const busy = wish.targets.find(({ path }) => taken.includes(path))
      if (busy !== undefined) throw new DeskError(409, `${busy.path} is being flashed already`)
      const image = sourceOf(wish, deps, options.host())
      const disks = await list().catch(() => [])
      const models = new Map(disks.map((disk) => [disk.path, disk.model]))
      const flash = begun(randomUUID(), image.name, wish.targets, models, at())
      record(flash, ip)
      keep(flash)
      const stop = new AbortController()
      const ending = work(flash, wish, image, ip, stop)
      running.set(flash.id, { stop, ended: ending })
      return flash
    },
    cancel(id) {
      const flash = flashes.get(id)
      if (flash === undefined) throw new DeskError(404, `no local flash with id ${id}`)
      running.get(id)?.stop.abort()
      return flash
    },
    record(id) {
      const found = records.get(id)
      if (found === undefined) throw new DeskError(404, `no record of a local flash with id ${id}`)
      return found
    },
    async close() {
      const all = [...running.values()]
      for (const { stop } of all) stop.abort()
      await Promise.allSettled(all.map((one) => one.ended))
      await door.close()
    },
  }
}

interface Source {
  name: string
  plan: { src: string; format: string | null; sha256: string | null }
}

function sourceOf({ image }: FlashWish, deps: Pick<Deps, 'store' | 'cache'>, host: string): Source {
  if ('path' in image) {
    if (!isAbsolute(image.path)) throw new DeskError(422, `${image.path} is no absolute path`)
    return { name: image.path, plan: { src: image.path, format: null, sha256: null } }
  }
  const row = deps.store.catalog.byRef(image.ref)
  if (row === null) throw new DeskError(404, `no catalog image with ref ${image.ref}`)
  return {
    name: row.name,
    plan: {
      src: addressOf(row, deps.cache.urlFor(row.src, host)),
      format: row.format,
      sha256: row.disk_image_sha,
    },
  }
}

function driveOf(disk: Disk): Drive {
  return {
    path: disk.path,
    model: disk.model,
    serial: disk.serial,
    size_bytes: disk.sizeBytes,
    transport: disk.transport,
    removable: disk.removable,
    wwn: disk.wwn,
    bus_path: disk.busPath,
    content: disk.content,
    system: disk.isSystem,
    refused: disk.marks,
    warnings: disk.warnings,
    mounts: disk.mounts,
  }
}
