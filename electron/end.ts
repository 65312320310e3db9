/** How the app ends: asks while work runs, then waits for the server, then goes. */
import type { BrowserWindow } from 'electron'
import { setTimeout as delay } from 'node:timers/promises'
import type { Work } from '../server/work.ts'
import { ask } from './ask.ts'
import type { PreferenceFile } from './preferences.ts'
import { CLOSE_QUESTION, quitQuestion } from './say-work.ts'
import type { Electron } from './window.ts'

export interface EndOptions {
  work: () => Work
  preferences: PreferenceFile
  window: () => BrowserWindow | null
  close: () => Promise<void>
  /** How long quitting waits for the server. */
  limitMs: number
}

export interface End {
  /** True once the app is on its way out: windows close without a question. */
  readonly quitting: boolean
  /** The operator closes the window: hides it, quits, or asks which. */
  onWindowClose(event: { preventDefault(): void }): void
}

export function endWith(electron: Electron, options: EndOptions): End {
  const { app } = electron
  const { work, preferences, window, close, limitMs } = options
  let agreed = false
  let asking = false
  let closing = false

  app.on('before-quit', (event) => {
    if (agreed) return
    const question = quitQuestion(work())
    if (question === null) {
      agreed = true
      return
    }
    event.preventDefault()
    once(async () => {
      if ((await ask(electron, question, window())).button !== 'Quit anyway') return
      agreed = true
      app.quit()
    })
  })

  app.on('will-quit', (event) => {
    event.preventDefault()
    if (closing) return
    closing = true
    const limit = new AbortController()
    void Promise.race([
      close().then(
        () => 0,
        () => 1,
      ),
      delay(limitMs, 1, { signal: limit.signal }),
    ]).then((code) => {
      limit.abort()
      app.exit(code)
    })
  })

  /** A second wish while a question is open is the same wish. */
  function once(question: () => Promise<void>): void {
    if (asking) return
    asking = true
    void question()
      .catch(() => undefined) // the window that asked was destroyed
      .finally(() => (asking = false))
  }

  async function askAboutClosing(): Promise<void> {
    const { button, always } = await ask(electron, CLOSE_QUESTION, window())
    if (button === 'Cancel') return
    if (always) preferences.change({ onClose: button === 'Quit' ? 'quit' : 'keep' })
    if (button === 'Quit') app.quit()
    else window()?.hide()
  }

  return {
    get quitting() {
      return agreed
    },
    onWindowClose(event) {
      if (agreed) return
      event.preventDefault()
      const { onClose } = preferences.current
      if (onClose === 'keep') window()?.hide()
      else if (onClose === 'quit') app.quit()
      else once(askAboutClosing)
    },
  }
}
