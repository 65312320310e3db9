import type { FlashPlan, Wanted } from './plan.ts'
import { flashTargets } from './targets.ts'
import type { FlashOptions, FlashTargetsRequest } from './targets.ts'
import type { FlashRecord } from './record.ts'

export type { FlashOptions } from './targets.ts'

export interface FlashRequest extends Omit<FlashTargetsRequest, 'targets'> {
  /** A serial, where it is known, must still be the target's. */
  target: Wanted
}

export interface FlashResult {
  plan: FlashPlan
  /** Size of the expanded image. */
  sizeBytes: number
  verified: boolean
  notes: string[]
  record: FlashRecord
}

/**
 * Writes an image to a target and verifies it. Whatever goes wrong after the first byte, the ends of the target hold
 * zeros and nothing on it boots. Throws FlashError.
 */
export async function flashImage(request: FlashRequest, options: FlashOptions): Promise<FlashResult> {
  const { target, ...image } = request
  const { targets, plans, record } = await flashTargets({ ...image, targets: [target] }, options)
  const { error, sizeBytes, verified, notes } = targets[0]!
  if (error !== null) throw error
  return { plan: plans[0]!, sizeBytes: sizeBytes!, verified, notes, record }
}
