/** Columns of a sample, all counted from the start of the flash. */
export const SAMPLE_COLUMNS = ['at_ms', 'read_bytes', 'written_bytes', 'verified_bytes'] as const

export interface Samples {
  interval_ms: number
  columns: typeof SAMPLE_COLUMNS
  rows: number[][]
}

/** Counters once a second; a flash that outlasts `most` samples is kept at half the resolution, again and again. */
export class SampleRing {
  private readonly most: number
  private intervalMs: number
  private rows: number[][] = []
  private nextMs = 0

  /** Four hours of seconds unless told. */
  constructor(most = 4 * 60 * 60, intervalMs = 1_000) {
    this.most = most
    this.intervalMs = intervalMs
  }

  /** Keeps the counters where a sample is due. */
  add(atMs: number, readBytes: number, writtenBytes: number, verifiedBytes: number): void {
    if (atMs < this.nextMs) return
    this.rows.push([Math.round(atMs), readBytes, writtenBytes, verifiedBytes])
    this.nextMs = Math.max(this.nextMs + this.intervalMs, atMs - this.intervalMs / 2)
    if (this.rows.length < this.most) return
    this.rows = this.rows.filter((_, i) => i % 2 === 0)
    this.intervalMs *= 2
    this.nextMs = this.rows.at(-1)![0]! + this.intervalMs
  }

  /** All samples, and the counters as they are in the end. */
  close(...last: [atMs: number, readBytes: number, writtenBytes: number, verifiedBytes: number]): Samples {
    const rows = [...this.rows, [Math.round(last[0]), ...last.slice(1)]]
    return { interval_ms: this.intervalMs, columns: SAMPLE_COLUMNS, rows }
  }
}
