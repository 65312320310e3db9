/** Bytes per second of a counter over the last seconds. */
export class Rate {
  private points: { atMs: number; count: number }[] = []
  private readonly windowMs: number

  constructor(windowMs = 3_000) {
    this.windowMs = windowMs
  }

  /** Notes the counter and answers the rate; a counter that began anew has none yet. */
  at(atMs: number, count: number): number {
    if (count < (this.points.at(-1)?.count ?? 0)) this.points = []
    this.points.push({ atMs, count })
    while (this.points.length > 2 && this.points[1]!.atMs <= atMs - this.windowMs) this.points.shift()
    const first = this.points[0]!
    const elapsedMs = atMs - first.atMs
    return elapsedMs > 0 ? Math.round(((count - first.count) * 1000) / elapsedMs) : 0
  }
}
