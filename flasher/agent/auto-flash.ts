import { listDisks } from '../disk/list.ts'
import { selectBySerial } from '../disk/select.ts'
import { asFlashError, FlashError } from '../errors.ts'
import type { FlashOrder } from './boot-plan.ts'
import { flashWithProgress } from './flash-with-progress.ts'
import { reportDone, reportFailure } from './outcome.ts'
import { wizard } from '../wizard/wizard.ts'
import { bytesText } from '../wizard/words.ts'
import { rebootOrSay } from './world.ts'
import type { Agent } from './world.ts'

/** Flashes what the server ordered, reports the outcome, and reboots; after a failure the machine stays up. */
export async function autoFlash(order: FlashOrder, agent: Agent): Promise<void> {
  const { screen, memory } = agent
  screen.marker('bty: auto-flash starting')
  try {
    if (memory.flashed?.state === 'verified')
      screen.say(`This boot has flashed the disk ${memory.flashed.serial} already; it is not written again.`)
    else await flashOrder(order, agent)
  } catch (error) {
    if (agent.signal.aborted) throw error
    return await afterFailure(asFlashError(error), order, agent)
  }
  await reportDone(agent)
  screen.marker('bty: flash complete; rebooting')
  await rebootOrSay(agent)
}

async function flashOrder(order: FlashOrder, agent: Agent): Promise<void> {
  const { memory, screen, run } = agent
  const serial = order.target_disk_serial
  if (memory.flashed !== null)
    throw new FlashError(
      'refused',
      `a flash of the disk ${memory.flashed.serial} was interrupted in this boot; reboot to begin again`,
    )
  const selection = selectBySerial(await listDisks(run), serial)
  if ('refusal' in selection) throw new FlashError('no-disk', selection.refusal)
  const { disk } = selection
  screen.say(`Image: ${order.name ?? order.image}`)
  screen.say(`Disk:  ${disk.path}, ${bytesText(disk.sizeBytes)}, serial ${serial}`)
  const interrupt = new AbortController()
  using _taken = agent.interrupts.take(() => interrupt.abort())
  const signal = AbortSignal.any([agent.signal, interrupt.signal])
  const { targets } = await flashWithProgress(
    {
      src: order.image,
      format: order.format ?? null,
      sha256: order.disk_image_sha ?? null,
      targets: [
        {
          path: disk.path,
          serial,
          sizeBytes: disk.sizeBytes,
          wwn: disk.wwn,
          // The operator named this disk by its serial; a machine that is set up anew carries its old volumes still.
          allowMember: true,
        },
      ],
    },
    { ...agent, signal },
  )
  if (targets[0]!.error !== null) throw targets[0]!.error
}

/** Never exits and never tries again by itself: a restarting agent would be a loop. */
async function afterFailure(error: FlashError, order: FlashOrder, agent: Agent): Promise<void> {
  const { screen, prompt, signal } = agent
  screen.say(`THE FLASH FAILED: ${error.message}`)
  await reportFailure(error, agent)
  screen.say(
    `${order.name ?? order.image} is not on the disk, and the disk does not boot if it was written to.`,
  )
  screen.say('Put right what is wrong, then reboot: the server offers the flash again.')
  for (;;) {
    const answer = await prompt.ask('r = reboot, l = choose image and disk from a list, q = leave > ', signal)
    signal.throwIfAborted()
    if (answer === null) return await stayUp(signal)
    if (answer.toLowerCase() === 'r') return await rebootOrSay(agent)
    if (answer.toLowerCase() === 'q') return
    if (answer.toLowerCase() === 'l')
      await wizard({ catalog: `${agent.server}/catalog.toml`, mac: agent.mac }, agent, agent)
  }
}

/** Nobody is there to answer: wait to be seen. */
function stayUp(signal: AbortSignal): Promise<void> {
  const awake = setInterval(() => {}, 3_600_000) // a pending promise alone keeps no process alive
  return new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  ).finally(() => clearInterval(awake))
}
