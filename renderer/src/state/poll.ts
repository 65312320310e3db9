import { untrack } from 'svelte'

/** Calls `work` now and then again `everyMs` after its end, not while the page is hidden. Returns its undo. */
export function poll(work: () => Promise<unknown>, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let over = false
  const turn = async () => {
    if (!document.hidden) await work().catch(() => undefined)
    if (!over) timer = setTimeout(turn, everyMs)
  }
  void untrack(turn)
  return () => {
    over = true
    clearTimeout(timer)
  }
}
