/**
 * Was `atMs` less than `withinMs` before `nowMs`? What lies ahead, as after a clock that was set back, was not: it is
 * acted on once too often rather than waited for until the clock has caught up. Pure.
 */
export function isLately(nowMs: number, atMs: number, withinMs: number): boolean {
  return nowMs >= atMs && nowMs - atMs < withinMs
}
