import { flashImage } from '../flash/flash.ts'
import type { FlashRequest, FlashResult } from '../flash/flash.ts'
import type { FlashProgress } from '../flash/progress.ts'
import { flashView } from '../wizard/flash-view.ts'
import { milestones } from './milestones.ts'
import type { Agent } from './world.ts'

/** One flash with everybody told: screen, console, server, and this boot's memory. */
export async function flashWithProgress(
  request: FlashRequest,
  agent: Pick<Agent, 'memory' | 'reporter' | 'screen' | 'run' | 'signal' | 'flash'>,
): Promise<FlashResult> {
  const { memory, reporter, screen, run, signal } = agent
  const serial = request.target.serial ?? request.target.path
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
  const result = await flashImage(request, {
    ...agent.flash,
    signal,
    run,
    onProgress,
    beforeWrite: async () => memory.remember({ state: 'writing', serial }),
  })
  memory.remember({ state: 'verified', serial })
  screen.say(`Written and read back: ${result.sizeBytes} bytes on ${request.target.path}.`)
  return result
}
