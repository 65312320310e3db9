import { join } from 'node:path'
import { listDisks } from '../../flasher/disk/list.ts'
import { runTool } from '../../flasher/run.ts'
import type { Burn, LocalFlash } from '../api/index.ts'
import type { Releases } from '../artifacts/releases.ts'
import type { Deps } from '../deps.ts'
import { type Burns, stickBurns } from './burns.ts'
import { createDesk, type Desk, type DeskOptions } from './desk.ts'
import { type HelperChoice, helperCommand, helperFile, type HelperMode, here } from './helper-command.ts'
import { helperDoor, type HelperDoor } from './helper-door.ts'
import { type AllowedPorts, lowPorts } from './low-ports.ts'
import { type Media, type MediaOptions, stickMedia } from './media.ts'

interface AtDesk extends Pick<MediaOptions, 'builtDir' | 'stallMs' | 'retryMs'> {
  /** The repository, or the folder of the bundle. */
  root: string
  stateDir: string
  port: () => number
  /** Found out when absent. */
  helper?: HelperChoice | undefined
  drives?: Pick<DeskOptions, 'list'> | undefined
}

export interface RunningDesk {
  door: HelperDoor
  localDesk: Desk
  lowPorts: AllowedPorts
  sticks: { media: Media; burns: Burns }
  /** Flashes and burns, also those that have ended. */
  work(): { flashes: LocalFlash[]; burns: Burn[] }
  close(): Promise<void>
}

/** What the person at this laptop may do: its drives, flashing them, sticks. Fetched media are kept in `sticks` of the state directory. */
export function startDesk(
  deps: Pick<Deps, 'store' | 'cache' | 'hub' | 'outbound' | 'log' | 'now' | 'version' | 'netboot'>,
  releases: Pick<Releases, 'base' | 'repo' | 'tag'>,
  { root, stateDir, port, helper, drives, ...timing }: AtDesk,
): RunningDesk {
  const around = here(helperFile(root))
  const startedFor = (mode: HelperMode) =>
    typeof helper === 'function' ? helper(mode) : (helper ?? helperCommand(around, mode))
  const door = helperDoor(startedFor('disks'))
  // A helper of its own: the one that may write to disks is not kept for as long as ports are open.
  const portsDoor = helperDoor(startedFor('low-ports'), { mode: 'low-ports' })
  const ports = lowPorts(portsDoor, deps.log, () => deps.netboot.look())
  const options = { door, host: () => `127.0.0.1:${port()}`, list: () => listDisks(runTool), ...drives }
  const localDesk = createDesk(deps, options)
  const media = stickMedia(deps, {
    ...timing,
    fetchedDir: join(stateDir, 'sticks'),
    source: () => ({ base: releases.base, repo: releases.repo(), tag: releases.tag() }),
    version: deps.version,
  })
  const burns = stickBurns(deps, { ...options, media })
  return {
    door,
    localDesk,
    lowPorts: ports,
    sticks: { media, burns },
    work: () => ({ flashes: localDesk.flashes(), burns: burns.list() }),
    async close() {
      // The helper goes with the desk, so what else it does ends first.
      await burns.close()
      await localDesk.close()
      await ports.close()
    },
  }
}
