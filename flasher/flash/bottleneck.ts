/** How long the writing stood still, in milliseconds. */
export interface Waits {
  /** Nothing had arrived from where the image lies. */
  origin_ms: number
  /** The next stretch of the image was not ready: the origin, the check of its digest, and the unpacking together. */
  image_ms: number
  /** Every buffer was on its way to a target. */
  targets_ms: number
}

export type Bottleneck = 'origin' | 'unpacking' | 'targets'

/** What the flash waited for most. The origin's wait is part of the image's; what is left of that is unpacking. Pure. */
export function bottleneckOf({ origin_ms, image_ms, targets_ms }: Waits): Bottleneck {
  if (targets_ms > image_ms) return 'targets'
  return origin_ms * 2 > image_ms ? 'origin' : 'unpacking'
}
