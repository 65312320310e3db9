import { reportDone } from '../agent/outcome.ts'
import type { Agent, World } from '../agent/world.ts'
import { unmountDisk } from '../disk/unmount.ts'
import { asFlashError } from '../errors.ts'
import { version } from '../version.ts'
import { checkFlash } from './check.ts'
import { allowsFile, flashChosen } from './flash-chosen.ts'
import { DEFAULT_IMAGE_ROOT, scanImageRoot } from './image-root.ts'
import { loadImages } from './load-images.ts'
import { pageFor } from './pages.ts'
import { firstState } from './state.ts'
import type { Effect, Setting, State } from './state.ts'
import { step } from './step.ts'
import { listTargets, wantedOf } from './targets.ts'

export interface Start {
  /** A path or address; null: ask, or begin with the image root when it holds images. */
  catalog: string | null
  mac: string | null
}

/** Lets a person choose image and disks and flashes them. With an agent, its server hears of it. */
export async function wizard(start: Start, world: World, agent: Agent | null): Promise<void> {
  const imageRoot = world.imageRoot || DEFAULT_IMAGE_ROOT
  const setting: Setting = { version: version(), imageRoot, mac: start.mac }
  const local = start.catalog !== null || (await scanImageRoot(imageRoot)).length > 0
  let state = firstState({ catalog: start.catalog, screen: local ? 'images' : 'source' })
  let effect: Effect = local ? 'load' : 'none'
  for (;;) {
    state = await perform(effect, state, setting, world, agent)
    const { answer, pages } = await ask(state, setting, world)
    ;({ state, effect } = step(state, answer, pages))
    if (effect === 'leave') return
  }
}

/** Shows the screen, again when the window changes its size, and waits for an answer; Ctrl-C is none. */
async function ask(
  state: State,
  setting: Setting,
  world: World,
): Promise<{ answer: string | null; pages: number }> {
  const { screen, prompt, signal } = world
  let page = pageFor(state, setting, screen.look())
  screen.page(page.lines)
  using _resized = screen.onResize(() => {
    page = pageFor(state, setting, screen.look())
    screen.page(page.lines, page.question)
  })
  const answer = await interruptible(world, (interrupted) => prompt.ask(page.question, interrupted))
  if (answer === null) screen.say('') // Ctrl-C and the end of input leave the cursor behind the question
  signal.throwIfAborted()
  return { answer, pages: page.pages }
}

/** Hands on a signal that Ctrl-C aborts, as does the end of the program. */
async function interruptible<T>(
  { signal, interrupts }: World,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController()
  using _taken = interrupts.take(() => interrupt.abort())
  return await act(AbortSignal.any([signal, interrupt.signal]))
}

async function perform(
  effect: Effect,
  state: State,
  setting: Setting,
  world: World,
  agent: Agent | null,
): Promise<State> {
  const { screen, run } = world
  if (effect === 'load') {
    if (state.catalog !== null) screen.say(`Reading the catalog ${state.catalog} ...`)
    const { images, problems } = await interruptible(world, (signal) =>
      loadImages(setting.imageRoot, state.catalog, signal),
    )
    return { ...state, images, imageProblems: problems }
  }
  if (effect === 'list') {
    try {
      return { ...state, disks: await listTargets(world.named ?? [], run), diskProblem: null }
    } catch (error) {
      return { ...state, disks: [], diskProblem: asFlashError(error).message }
    }
  }
  if (effect === 'unmount') return await unmount(state, run)
  if (effect === 'check') return { ...state, screen: 'confirm', check: await check(state, world) }
  if (effect === 'flash') {
    const { next, succeeded } = await interruptible(world, (signal) =>
      flashChosen(state, setting, { ...world, signal }, agent),
    )
    world.signal.throwIfAborted()
    if (succeeded && agent !== null) await reportDone(agent)
    world.prompt.forget()
    return next
  }
  if (effect === 'reboot') {
    screen.say('Rebooting.')
    const why = `The machine did not reboot: ${await world.reboot()}`
    return { ...state, notice: { title: 'Reboot', lines: [why], then: 'none' } }
  }
  return state
}

async function unmount(state: State, run: World['run']): Promise<State> {
  const lines: string[] = []
  try {
    const { freed, busy } = await unmountDisk(state.targets[0]!.path, run)
    lines.push(
      ...freed.map((point) => `${point} is unmounted.`),
      ...busy.map((text) => `Still in use: ${text}`),
    )
  } catch (error) {
    lines.push(asFlashError(error).message)
  }
  return { ...state, targets: [], notice: { title: 'Unmount', lines, then: 'list' } }
}

async function check({ image, targets }: State, world: World) {
  world.screen.say('Looking at image and disk ...')
  const checked = targets.map((disk) => ({
    wanted: wantedOf(disk),
    allowFile: allowsFile(world),
  }))
  return await interruptible(world, (signal) => checkFlash(image!, checked, world.run, { signal }))
}
