/** What runs here and would be lost or left half done if the console ended now. Pure. */
import type { Burn, LocalFlash, ProgressView, SeenClient } from './api/index.ts'

export interface Work {
  /** Flashes of local drives, and burns of sticks. `percent` of what is written, or read back; null while nobody knows. */
  flashes: { image: string; drives: number; percent: number | null }[]
  /** Machines that boot from the network, or are being flashed over it. */
  machines: number
}

/** A machine that has said nothing for so long is no longer under way. */
const QUIET_MS = 90_000

export function workOf(
  { flashes, burns }: { flashes: readonly LocalFlash[]; burns: readonly Burn[] },
  clients: readonly SeenClient[],
  progressOf: (mac: string) => ProgressView | null,
  nowMs: number,
): Work {
  return {
    flashes: [...flashes.filter(isRunning).map(flashWork), ...burns.filter(isRunning).map(burnWork)],
    machines: clients.filter((client) => isUnderWay(client, progressOf(client.mac), nowMs)).length,
  }
}

function isRunning({ status }: Pick<LocalFlash | Burn, 'status'>): boolean {
  return status === 'running'
}

/** Its phases follow each other, and how long those to come will take is not known. */
function burnWork({ medium, targets }: Burn): Work['flashes'][number] {
  return { image: medium, drives: targets.length, percent: null }
}

function flashWork({ image, targets, bytes_written_total: total }: LocalFlash): Work['flashes'][number] {
  const parts = targets
    .filter(({ phase }) => phase !== 'failed')
    .map(({ phase, bytes_written, bytes_verified, bytes_verified_total }) => {
      if (phase === 'done') return 1
      const [done, all] = phase === 'verify' ? [bytes_verified, bytes_verified_total] : [bytes_written, total]
      return all === null || all === 0 ? null : done / all
    })
  const slowest = parts.includes(null) || parts.length === 0 ? null : Math.min(...(parts as number[]))
  return {
    image,
    drives: targets.length,
    percent: slowest === null ? null : Math.min(100, Math.floor(100 * slowest)),
  }
}

function isUnderWay(client: SeenClient, progress: ProgressView | null, nowMs: number): boolean {
  const fresh = (at: string) => nowMs - Date.parse(at) < QUIET_MS
  if (progress !== null && Date.parse(progress.updated_at) >= Date.parse(client.last_at) - 1000)
    return progress.phase !== 'done' && progress.phase !== 'failed' && fresh(progress.updated_at)
  // One that got no answer boots from somewhere else.
  return client.last.step !== 'dhcp-ignored' && fresh(client.last_at)
}
