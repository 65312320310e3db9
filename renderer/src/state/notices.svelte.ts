/** Short messages that come up, are read out, and go. */

export interface Notice {
  id: number
  text: string
  tone: 'good' | 'bad'
}

const SHOWN_MS = 6_000

export class NoticeState {
  list = $state.raw<Notice[]>([])
  #next = 1

  /** Failures stay until they are closed. */
  say(text: string, tone: Notice['tone'] = 'good'): void {
    const notice = { id: this.#next++, text, tone }
    this.list = [...this.list.filter((other) => other.text !== text), notice].slice(-3)
    if (tone === 'good') setTimeout(() => this.close(notice.id), SHOWN_MS)
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id)
  }
}
