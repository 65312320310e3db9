/** Sticks, media and the room on them, as the page shows them. Pure. */
import type { BurnTargetView, BurnWish, Drive, StickFacts, StickMedium } from '../../server/api/index.ts'

/** What the file system and the catalog take beside the images, at most. */
const OVERHEAD_BYTES = 8 * 1024 * 1024
/** Of a cluster of the largest size: each image takes whole ones. */
const CLUSTER_BYTES = 128 * 1024

export interface Room {
  neededBytes: number
  /** On the smallest of the chosen sticks. */
  freeBytes: number
  fits: boolean
}

/** Room for images on the smallest of the sticks; null while medium or stick is not chosen. The server has the last word. */
export function roomOn(
  sticks: readonly Pick<Drive, 'size_bytes'>[],
  medium: Pick<StickMedium, 'live_bytes'> | null,
  imageBytes: readonly (number | null)[],
): Room | null {
  if (sticks.length === 0 || medium === null || medium.live_bytes === null) return null
  const smallest = Math.min(...sticks.map(({ size_bytes }) => size_bytes))
  const freeBytes = Math.max(0, smallest - medium.live_bytes - OVERHEAD_BYTES)
  const neededBytes = imageBytes.reduce<number>(
    (sum, bytes) => sum + Math.ceil((bytes ?? 0) / CLUSTER_BYTES) * CLUSTER_BYTES,
    0,
  )
  return { neededBytes, freeBytes, fits: neededBytes <= freeBytes }
}

/** Whether a drive looks like a bty stick; what it holds is asked for when it is chosen. */
export function looksLikeStick({ content }: Pick<Drive, 'content'>): boolean {
  return content.includes('bty live stick')
}

/** A medium as a burn names it. */
export type MediumChoice = { name: string; wish: BurnWish['medium']; facts: StickMedium | null }

/** How far a stick is in its phase, 0 to 100; null while nobody knows. */
export function stickPercent({ phase, bytes_done, bytes_total }: BurnTargetView): number | null {
  if (phase === 'done') return 100
  if (bytes_total === null || bytes_total === 0) return null
  return Math.min(100, Math.floor((100 * bytes_done) / bytes_total))
}

/** The files of a stick that its owner put there: not its catalog, and nothing hidden. */
export function imagesOf({ files }: Pick<StickFacts, 'files'>): StickFacts['files'] {
  return files.filter(({ name }) => name !== 'catalog.toml' && !name.startsWith('.'))
}
