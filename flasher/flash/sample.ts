const ALL_UP_TO = 16
const ONE_IN = 16
const MOST = 128

/**
 * Which of `count` skipped blocks are read back all the same: all of up to 16, else one in 16 spread evenly, the first and
 * the last always, and never more than 128. A device that does not keep its word about zeros mostly does so everywhere.
 */
export function sampleOf(count: number): number[] {
  const size = Math.min(count, MOST, Math.max(ALL_UP_TO, Math.ceil(count / ONE_IN)))
  if (size < 2) return size === 1 ? [0] : []
  return Array.from({ length: size }, (_, i) => Math.round((i * (count - 1)) / (size - 1)))
}
