import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The person in front of the machine, who may not exist. */
export interface Prompt {
  /** One line of input, trimmed; null at the end of input, or when `signal` aborts. */
  ask(question: string, signal?: AbortSignal): Promise<string | null>
  /** Until a key is pressed; never, where there is no input. */
  key(signal: AbortSignal): Promise<void>
  /** Drops what a person typed ahead, so that it answers no question that was not on the screen yet. */
  forget(): void
  close(): void
}

/** Reads lines of standard input. Nothing is opened before the first question. */
export function terminalPrompt(): Prompt {
  const lines: string[] = []
  let ended = false
  let waiting: ((line: string | null) => void) | null = null
  let reader: ReturnType<typeof createInterface> | null = null

  function open(): void {
    if (reader !== null) return
    reader = createInterface({ input: process.stdin, terminal: false })
    reader.on('line', (line) => {
      if (waiting === null) lines.push(line.trim())
      else waiting(line.trim())
    })
    reader.on('close', () => {
      ended = true
      waiting?.(null)
    })
  }

  return {
    async ask(question, signal) {
      process.stderr.write(question)
      open()
      if (signal?.aborted) return null
      if (lines.length > 0) return lines.shift()!
      if (ended) return null
      return await new Promise((resolve) => {
        const settle = (line: string | null) => {
          waiting = null
          signal?.removeEventListener('abort', leave)
          resolve(line)
        }
        const leave = () => settle(null)
        waiting = settle
        signal?.addEventListener('abort', leave, { once: true })
      })
    },
    async key(signal) {
      await once(process.stdin.resume(), 'data', { signal })
    },
    forget() {
      if (process.stdin.isTTY) lines.length = 0
    },
    close() {
      reader?.close()
      process.stdin.pause()
    },
  }
}
