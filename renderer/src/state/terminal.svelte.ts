/** The terminal of this page. It lives on while other screens are shown, and goes with the page. */
import type {
  OpenTerminal,
  TerminalOffers,
  TerminalProgram,
  TerminalSize,
} from '../../../server/api/index.ts'
import { ApiError, type Call } from '../api.ts'
import { followTerminal, type OpenStream } from '../terminal/follow.ts'
import { words } from '../words.ts'

/** Of past output, for a screen that is shown again. */
const KEPT_CHARS = 256 * 1024

export class TerminalState {
  offers = $state.raw<TerminalOffers['programs'] | null>(null)
  running = $state.raw<OpenTerminal | null>(null)
  /** How the last program ended, or why it could not go on. */
  ended = $state<string | null>(null)
  readonly #call: Call
  readonly #lasting: Call
  readonly #open: OpenStream
  #kept = ''
  #screen: ((text: string) => void) | null = null
  #typed = ''
  #typing = false
  #stop = new AbortController()

  constructor(call: Call, lasting: Call, open: OpenStream) {
    this.#call = call
    this.#lasting = lasting
    this.#open = open
  }

  async load(): Promise<void> {
    this.offers = (await this.#call('terminalOffers')).programs
  }

  async start(program: TerminalProgram, size: TerminalSize): Promise<void> {
    const running = await this.#call('openTerminal', { body: { program, ...size } })
    this.#kept = ''
    this.ended = null
    this.running = running
    this.#stop = new AbortController()
    void this.#follow(running, this.#stop.signal)
  }

  /** Typed text goes in order, what waits in one piece. */
  type(text: string): void {
    this.#typed += text
    if (!this.#typing) void this.#send()
  }

  resize(size: TerminalSize): void {
    const key = this.running?.key
    if (key !== undefined)
      void this.#call('sizeTerminal', { params: { key }, body: size }).catch(() => undefined) // told by the end
  }

  async close(): Promise<void> {
    const key = this.running?.key
    if (key === undefined) return
    this.#over(words.terminal.closed)
    await this.#call('closeTerminal', { params: { key } }).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error
    })
  }

  /** Shows past and coming output on a screen. Returns how to stop. */
  show(screen: (text: string) => void): () => void {
    this.#screen = screen
    if (this.#kept !== '') screen(this.#kept)
    return () => {
      if (this.#screen === screen) this.#screen = null
    }
  }

  /** A page that goes takes its terminal along, after a question of the browser. */
  watch(): () => void {
    const ask = (event: BeforeUnloadEvent) => {
      if (this.running !== null) event.preventDefault()
    }
    const go = () => {
      const key = this.running?.key
      if (key !== undefined) void this.#lasting('closeTerminal', { params: { key } }).catch(() => undefined)
    }
    addEventListener('beforeunload', ask)
    addEventListener('pagehide', go)
    return () => {
      removeEventListener('beforeunload', ask)
      removeEventListener('pagehide', go)
    }
  }

  async #follow(running: OpenTerminal, signal: AbortSignal): Promise<void> {
    try {
      await followTerminal(running.key, this.#open, signal, (line) => {
        if ('exit' in line) this.#over(words.terminal.ended(line.exit, line.signal))
        else this.#take(line.text)
      })
    } catch (error) {
      if (!signal.aborted) this.#over(error instanceof Error ? error.message : String(error))
    }
  }

  #take(text: string): void {
    this.#kept = (this.#kept + text).slice(-KEPT_CHARS)
    this.#screen?.(text)
  }

  #over(how: string): void {
    this.#stop.abort()
    this.running = null
    this.ended = how
    this.#typed = ''
  }

  async #send(): Promise<void> {
    this.#typing = true
    try {
      while (this.#typed !== '' && this.running !== null) {
        const data = this.#typed.slice(0, 16_384)
        this.#typed = this.#typed.slice(data.length)
        await this.#call('typeTerminal', { params: { key: this.running.key }, body: { data } })
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status !== 0) this.#over(error.message)
    } finally {
      this.#typing = false
    }
  }
}
