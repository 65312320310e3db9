/**
 * Firmware with several network entries in its boot order tries them one after another: PXE, then HTTP Boot, then the disk. A
 * machine that was just sent to its disk must not be met a second time on the way there, or every other boot mode would
 * do its work again. Bounded; the client seen least recently goes first.
 */
export interface Ways {
  /**
   * A DISCOVER of the firmware. True when the machine comes back, by another way, from the boot script that it got in this power-on.
   * `scriptAtMs`: when it last got one, null for never.
   */
  isSecond(mac: string, kind: 'pxe' | 'http', scriptAtMs: number | null): boolean
}

/** From the script to the next entry of the boot order; a system that was booted takes longer to come back. */
const COMES_BACK_MS = 60_000
const MAX_CLIENTS = 1_000

export function ways(now: () => number): Ways {
  const first = new Map<string, { kind: 'pxe' | 'http'; at: number }>()
  return {
    isSecond(mac, kind, scriptAtMs) {
      const last = first.get(mac)
      const cameBack = scriptAtMs !== null && now() - scriptAtMs < COMES_BACK_MS
      if (last !== undefined && last.kind !== kind && cameBack && scriptAtMs >= last.at) return true
      first.delete(mac)
      first.set(mac, { kind, at: now() })
      if (first.size > MAX_CLIENTS) first.delete(first.keys().next().value!)
      return false
    },
  }
}
