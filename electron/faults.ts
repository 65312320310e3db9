import type { Log } from '../server/deps.ts'
import { crashCount } from './crashes.ts'

/** Faults that are borne in a minute. */
const FAULTS = 20

/**
 * A fault that nobody caught, in a worker or in a corner of the main process, is written to the log and does not take the
 * server from the machines that are using it. When they come in a flood nothing can be relied on any more: `giveUp`.
 */
export function outliveFaults(
  source: Pick<NodeJS.Process, 'on'>,
  log: Pick<Log, 'error'>,
  giveUp: () => void,
  now: () => number = Date.now,
): void {
  const count = crashCount(FAULTS, 60_000)
  const bear = (fault: unknown) => {
    log.error(`fault: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`)
    if (!count.again(now())) giveUp()
  }
  source.on('uncaughtException', bear)
  source.on('unhandledRejection', bear)
}
