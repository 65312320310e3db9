import type { FlashProgress } from '../flash/progress.ts'

/** `1.5 GiB`: three digits are enough for a person. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024
    unit++
  }
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`
}

export interface Sample {
  atMs: number
  progress: FlashProgress
}

/** One status line: phase, bytes, rate since the sample before, time left where the total is known. */
export function statusLine(before: Sample | null, { atMs, progress }: Sample): string {
  const writing = progress.phase === 'write'
  const done = writing ? progress.bytesWritten : progress.bytesRead
  const total = writing ? progress.bytesWrittenTotal : progress.bytesReadTotal
  const amount = total === null ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`
  if (before === null || before.progress.phase !== progress.phase) return `${progress.phase} ${amount}`
  const earlier = writing ? before.progress.bytesWritten : before.progress.bytesRead
  const seconds = (atMs - before.atMs) / 1000
  const rate = seconds > 0 ? (done - earlier) / seconds : 0
  const left = total !== null && rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : ''
  return `${progress.phase} ${amount}, ${bytesText(Math.max(0, rate))}/s${left}`
}
