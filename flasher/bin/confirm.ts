import type { Disk } from '../disk/list.ts'
import { detectArch } from '../image/arch.ts'
import { version } from '../version.ts'
import { DEFAULT_IMAGE_ROOT } from '../wizard/image-root.ts'
import { pageFor } from '../wizard/pages.ts'
import type { Prompt } from '../wizard/prompt.ts'
import { firstState } from '../wizard/state.ts'
import type { Check, State } from '../wizard/state.ts'
import { step } from '../wizard/step.ts'
import type { Screen } from '../wizard/terminal.ts'

/** Shows the wizard's confirmation for a flash that was asked for on the command line; true for a clear yes. */
export async function confirmed(
  src: string,
  sha256: string | null,
  check: Check,
  disks: readonly Disk[],
  screen: Screen,
  prompt: Prompt,
  signal: AbortSignal,
): Promise<boolean> {
  const name = src.split('/').at(-1) || src
  const image = {
    name,
    src,
    source: 'remote' as const,
    format: check.format,
    arch: detectArch(name),
    sizeBytes: check.storedBytes,
    sha256,
    description: null,
    ref: null,
  }
  const state: State = {
    ...firstState({ catalog: null, screen: 'images' }),
    screen: 'confirm',
    image,
    targets: disks,
    check,
  }
  const imageRoot = process.env['BTY_IMAGE_ROOT'] || DEFAULT_IMAGE_ROOT
  const page = pageFor(state, { version: version(), imageRoot, mac: null }, screen.look())
  screen.page(page.lines)
  try {
    const answer = await prompt.ask(page.question, signal)
    return step(state, answer, 1).effect === 'flash'
  } finally {
    prompt.close()
  }
}
