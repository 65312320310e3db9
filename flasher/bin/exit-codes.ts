import type { FlashCode } from '../errors.ts'

/** Exit codes of the sub-commands: one for each kind of failure, and they never change their meaning. */
export const EXIT = {
  ok: 0,
  usage: 2,
  internal: 1,
  'no-disk': 10,
  refused: 11,
  source: 12,
  stalled: 13,
  truncated: 14,
  corrupt: 15,
  'too-small': 16,
  device: 17,
  verify: 18,
  cancelled: 130,
} as const satisfies Record<FlashCode | 'ok' | 'usage', number>
