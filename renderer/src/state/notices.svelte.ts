/** Short messages that come up, are read out, and go. */

export interface Notice {
  id: number
  text: string
  tone: 'good' | 'bad'
  /** Takes back what the notice tells; the notice has a button for it. */
  undo?: () => void
  /** The notice is gone and nothing was taken back. */
  passed?: () => void
}

const SHOWN_MS = 6_000
const UNDO_MS = 10_000
const AT_ONCE = 3

export class NoticeState {
  list = $state.raw<Notice[]>([])
  #next = 1

  /** Failures stay until they are closed. */
  say(text: string, tone: Notice['tone'] = 'good'): void {
    this.#show({ id: this.#next++, text, tone }, tone === 'good' ? SHOWN_MS : null)
  }

  /** Can be taken back for ten seconds, or until it is closed. Exactly one of the two is called, once. */
  offer(text: string, undo: () => void, passed: () => void): void {
    this.#show({ id: this.#next++, text, tone: 'good', undo, passed }, UNDO_MS)
  }

  close(id: number): void {
    this.#remove(id)?.passed?.()
  }

  undo(id: number): void {
    this.#remove(id)?.undo?.()
  }

  #remove(id: number): Notice | undefined {
    const notice = this.list.find((other) => other.id === id)
    this.list = this.list.filter((other) => other.id !== id)
    return notice
  }

  #show(notice: Notice, shownMs: number | null): void {
    const others = this.list.filter((other) => other.text !== notice.text || other.undo !== undefined)
    this.list = [...others, notice]
    for (const { id } of this.list.slice(0, -AT_ONCE)) this.close(id)
    if (shownMs !== null) setTimeout(() => this.close(notice.id), shownMs)
  }
}
