import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The person in front of the machine, who may not exist. */
export interface Prompt {
  /** One line of input, trimmed; null at the end of input. */
  ask(question: string): Promise<string | null>
  /** Until a key is pressed; never, where there is no input. */
  key(signal: AbortSignal): Promise<void>
  close(): void
}

/** Reads lines of standard input. Nothing is opened before the first question. */
export function terminalPrompt(): Prompt {
  let lines: AsyncIterator<string> | null = null
  let reader: ReturnType<typeof createInterface> | null = null
  const open = () => {
    reader ??= createInterface({ input: process.stdin, terminal: false })
    lines ??= reader[Symbol.asyncIterator]()
    return lines
  }
  return {
    async ask(question) {
      process.stderr.write(question)
      const next = await open().next()
      return next.done === true ? null : next.value.trim()
    },
    async key(signal) {
      await once(process.stdin.resume(), 'data', { signal })
    },
    close() {
      reader?.close()
      process.stdin.pause()
    },
  }
}
