/** Deletions that can still be taken back: nothing is sent before their notice is gone, so Undo restores everything. */
import { SvelteSet } from 'svelte/reactivity'
import type { NoticeState } from './notices.svelte.ts'

export interface Deletion {
  text: string
  /** MACs or image addresses that the screens leave out meanwhile. */
  keys: readonly string[]
  /** Sends it, and says by itself what went wrong. `leaving`: the page is about to go, nothing can be sent later. */
  send: (leaving: boolean) => Promise<unknown>
}

export class DeletionsState {
  readonly hidden = new SvelteSet<string>()
  #waiting: Deletion[] = []
  readonly #notices: NoticeState

  constructor(notices: NoticeState) {
    this.#notices = notices
  }

  ask(deletion: Deletion): void {
    this.#waiting.push(deletion)
    for (const key of deletion.keys) this.hidden.add(key)
    this.#notices.offer(
      deletion.text,
      () => {
        if (this.#take(deletion)) this.#show(deletion)
      },
      () => void this.#send(deletion, false),
    )
  }

  /** Sends everything that waits, now. */
  async flush(leaving = false): Promise<void> {
    await Promise.all([...this.#waiting].map((deletion) => this.#send(deletion, leaving)))
  }

  /** A window that closes does not lose the wish. Returns its undo. */
  watch(): () => void {
    const leave = () => void this.flush(true)
    addEventListener('pagehide', leave)
    return () => removeEventListener('pagehide', leave)
  }

  async #send(deletion: Deletion, leaving: boolean): Promise<void> {
    if (!this.#take(deletion)) return
    for (const { id, undo, text } of this.#notices.list)
      if (undo !== undefined && text === deletion.text) this.#notices.close(id)
    try {
      await deletion.send(leaving)
    } finally {
      this.#show(deletion)
    }
  }

  /** False when it was sent or taken back already. */
  #take(deletion: Deletion): boolean {
    const waits = this.#waiting.includes(deletion)
    this.#waiting = this.#waiting.filter((other) => other !== deletion)
    return waits
  }

  #show(deletion: Deletion): void {
    for (const key of deletion.keys) this.hidden.delete(key)
  }
}
