import { wantsUefiBoot } from '../disk/uefi-boot.ts'
import type { FlashProgress } from '../flash/progress.ts'
import { flashTargets } from '../flash/targets.ts'
import type { FlashTargetsOutcome, FlashTargetsRequest } from '../flash/targets.ts'
import { flashView } from '../wizard/flash-view.ts'
import { milestones } from './milestones.ts'
import type { Agent } from './world.ts'

/** One flash with everybody told: screen, console, server, and this boot's memory. Never throws. */
export async function flashWithProgress(
  request: FlashTargetsRequest,
  agent: Pick<Agent, 'memory' | 'reporter' | 'screen' | 'run' | 'signal' | 'flash'>,
): Promise<FlashTargetsOutcome> {
  const { memory, reporter, screen, run, signal } = agent
  const serial = request.targets.map((target) => target.serial ?? target.path).join(', ')
  const downloaded = milestones()
  const written = milestones()
  const show = flashView(screen)
  const onProgress = (progress: FlashProgress) => {
    if (progress.phase === 'failed' || progress.phase === 'done') return // told with the outcome
    reporter.report({ phase: progress.phase, flash: progress })
    show(progress)
    if (progress.phase !== 'verify')
      for (const n of downloaded(progress.bytesRead, progress.bytesReadTotal))
        screen.milestone(`bty: download ${n}%`)
    for (const n of written(progress.bytesWritten, progress.bytesWrittenTotal))
      screen.milestone(`bty: write ${n}%`)
  }
  const outcome = await flashTargets(request, {
    ...agent.flash,
    signal,
    run,
    onProgress,
    uefiBoot: wantsUefiBoot(process.env),
    beforeWrite: async () => memory.remember({ state: 'writing', serial }),
  })
  if (outcome.ok) memory.remember({ state: 'verified', serial })
  for (const { ok, path, sizeBytes, notes } of outcome.targets) {
    if (ok) screen.say(`Written and read back: ${sizeBytes} bytes on ${path}.`)
    for (const note of notes) screen.say(note)
  }
  return outcome
}
