import { flashWithProgress } from '../agent/flash-with-progress.ts'
import { bootMemory } from '../agent/memory.ts'
import type { BootMemory } from '../agent/memory.ts'
import type { Agent, World } from '../agent/world.ts'
import { asFlashError } from '../errors.ts'
import type { FlashError } from '../errors.ts'
import { framePage } from './frame.ts'
import type { Line } from './line.ts'
import type { Flashed, Setting, State } from './state.ts'
import { wantedOf } from './targets.ts'

const SILENT = { report: () => {}, flush: async () => {} }

/** Flashes what was chosen, with the bars on the screen. Never throws: the next state says what came of it. */
export async function flashChosen(
  state: State,
  setting: Setting,
  world: World,
  agent: Agent | null,
): Promise<{ next: State; succeeded: boolean }> {
  const { screen } = world
  const show = () => {
    const look = screen.look()
    const top: Line[] = [['bold', `Writing to ${state.targets.map(({ path }) => path).join(' and ')}`]]
    screen.page(framePage(state, setting, look, { at: 'flash', title: '', top, keys: [] }).lines)
  }
  show()
  using _resized = screen.onResize(show)
  const begunMs = performance.now()
  const flashed: Flashed[] = []
  const image = state.image!
  try {
    for (const disk of state.targets) {
      const request = {
        src: image.src,
        format: image.format,
        sha256: image.sha256,
        target: wantedOf(disk),
      }
      const allowFile = world.flash?.allowFile === true || (world.named ?? []).includes(disk.path)
      const result = await flashWithProgress(request, {
        ...world,
        flash: { ...world.flash, allowFile },
        memory: agent?.memory ?? memoryOf(world),
        reporter: agent?.reporter ?? SILENT,
      })
      flashed.push({ path: disk.path, sizeBytes: result.sizeBytes, verified: result.verified })
    }
    const seconds = (performance.now() - begunMs) / 1000
    return { next: { ...state, screen: 'done', flashed, seconds }, succeeded: true }
  } catch (error) {
    const failure = asFlashError(error, world.signal)
    const notice = { ...failureNotice(failure, state), then: 'check' as const }
    return { next: { ...state, check: null, notice }, succeeded: false }
  }
}

/** By hand, no restart of the program repeats a flash, so a machine without the directory is as good. */
function memoryOf(world: World): BootMemory {
  try {
    return bootMemory(world.runDir)
  } catch {
    return { boot: '', flashed: null, remember: () => {} }
  }
}

/** What a person reads after a flash that did not end well, and what to do next. */
export function failureNotice(
  error: FlashError,
  state: Pick<State, 'targets'>,
): { title: string; lines: Line[] } {
  const disks = state.targets.map(({ path }) => path).join(' and ')
  const broken = `If anything was written, ${disks} does not boot: flash again before you use it.`
  if (error.code === 'cancelled') return { title: 'Cancelled', lines: [['yellow', 'CANCELLED.'], broken] }
  const untouched = error.code === 'refused' || error.code === 'no-disk'
  return {
    title: 'Failed',
    lines: [
      ['red', `THE FLASH FAILED: ${error.message}`],
      '',
      untouched ? 'Nothing was written.' : broken,
      ADVICE[error.code] ?? 'Enter leads back to the confirmation.',
    ],
  }
}

const ADVICE: Partial<Record<FlashError['code'], string>> = {
  source: 'Look at the network, the address and the server, then try again.',
  stalled: 'The server stopped sending: look at the network, then try again.',
  truncated: 'The image is incomplete where it comes from: fetch or publish it anew.',
  corrupt: 'The image is not what its catalog says: it has changed, or was damaged on its way.',
  'too-small': 'Choose a larger disk or a smaller image.',
  device: 'Look at the cable and the health of the disk, or choose another.',
  verify: 'The disk does not give back what was written: do not trust it.',
}
