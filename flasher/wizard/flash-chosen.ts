import { flashWithProgress } from '../agent/flash-with-progress.ts'
import { bootMemory } from '../agent/memory.ts'
import type { BootMemory } from '../agent/memory.ts'
import type { Agent, World } from '../agent/world.ts'
import { failureNotice } from './failure-notice.ts'
import { framePage } from './frame.ts'
import type { Line } from './line.ts'
import type { Setting, State } from './state.ts'
import { wantedOf } from './targets.ts'
import { clean, wrap } from './text.ts'

const SILENT = { report: () => {}, flush: async () => {} }

/** Flashes what was chosen, with the bars on the screen. The next state says what came of it. */
export async function flashChosen(
  state: State,
  setting: Setting,
  world: World,
  agent: Agent | null,
): Promise<{ next: State; succeeded: boolean }> {
  const { screen } = world
  const image = state.image!
  const show = () => {
    const look = screen.look()
    const text = `Writing to ${clean(state.targets.map(({ path }) => path).join(' and '), look)}`
    const top = wrap(text, look.width).map((line): Line => ['bold', line])
    screen.page(framePage(state, setting, look, { at: 'flash', title: '', top, keys: [] }).lines)
  }
  show()
  using _resized = screen.onResize(show)
  const begunMs = performance.now()
  const outcome = await flashWithProgress(
    {
      src: image.src,
      format: image.format,
      sha256: image.sha256,
      targets: state.targets.map(wantedOf),
    },
    {
      ...world,
      flash: { ...world.flash, allowFile: allowsFile(world) },
      memory: agent?.memory ?? memoryOf(world),
      reporter: agent?.reporter ?? SILENT,
    },
  )
  const seconds = (performance.now() - begunMs) / 1000
  const ended = { ...state, outcomes: outcome.targets, seconds }
  // Where one disk of several is done, the screen tells the fate of each.
  if (outcome.targets.some(({ ok }) => ok))
    return { next: { ...ended, screen: 'done' }, succeeded: outcome.ok }
  const notice = { ...failureNotice(outcome.targets), then: 'check' as const }
  return { next: { ...ended, check: null, notice }, succeeded: false }
}

/** A file is in the list only because it was named. */
export function allowsFile({ flash, named = [] }: World): boolean {
  return flash?.allowFile === true || named.length > 0
}

/** By hand, no restart of the program repeats a flash, so a machine without the directory is as good. */
function memoryOf(world: World): BootMemory {
  try {
    return bootMemory(world.runDir)
  } catch {
    return { boot: '', flashed: null, remember: () => {} }
  }
}
