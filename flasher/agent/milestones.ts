const THRESHOLDS = [25, 50, 75, 100]

/** Percent thresholds that a counter has newly passed; each comes once and in order, none while the total is unknown. */
export function milestones(): (done: number, total: number | null) => number[] {
  let next = 0
  return (done, total) => {
    if (total === null || total <= 0) return []
    const percent = Math.min(100, Math.floor((done * 100) / total))
    const passed: number[] = []
    while (next < THRESHOLDS.length && percent >= THRESHOLDS[next]!) passed.push(THRESHOLDS[next++]!)
    return passed
  }
}
