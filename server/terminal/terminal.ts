import { Readable } from 'node:stream'
import type { TerminalLine, TerminalSize } from '../api/index.ts'
import type { Pty } from './pty.ts'
import { sessionMembers } from './session-members.ts'

/** One program on a pseudo-terminal, its recent output, and whoever reads it. */
export interface Terminal {
  /** Output from place `at` on, as JSON lines. A new reader takes over from the one before. */
  read(at: number): Readable
  type(text: string): void
  resize(size: TerminalSize): void
  /** Ends the program and all that it started. Resolves when it is gone. */
  close(): Promise<void>
  /** Resolves when the program has ended, for whatever reason. */
  readonly ended: Promise<void>
}

export interface TerminalOptions {
  /** Called when nobody has read for `unreadMs`. */
  onLeft: () => void
  unreadMs: number
  /** From the wish to end to SIGKILL. */
  killMs?: number
}

/** Of past output, for a reader whose connection broke. */
const KEPT_CHARS = 256 * 1024

export function runTerminal(pty: Pty, options: TerminalOptions): Terminal {
  const { onLeft, unreadMs, killMs = 2000 } = options
  let kept = ''
  let keptFrom = 0
  let reader: Readable | null = null
  let last: Extract<TerminalLine, { exit: number }> | null = null
  let left: NodeJS.Timeout | undefined
  const ending = Promise.withResolvers<void>()

  const send = (line: TerminalLine): boolean => reader?.push(`${JSON.stringify(line)}\n`) ?? true

  pty.onData((text) => {
    const at = keptFrom + kept.length
    kept += text
    if (kept.length > 2 * KEPT_CHARS) {
      keptFrom += kept.length - KEPT_CHARS
      kept = kept.slice(-KEPT_CHARS)
    }
    // A program whose output nobody takes waits, as on any terminal.
    if (reader === null || !send({ at, text })) pty.pause()
  })
  pty.onExit(({ exitCode, signal }) => {
    last = { exit: exitCode, signal: signal ? String(signal) : null }
    send(last)
    reader?.push(null)
    ending.resolve()
  })

  function leave(): void {
    clearTimeout(left)
    left = setTimeout(onLeft, unreadMs).unref()
  }
  leave()

  return {
    ended: ending.promise,
    read(at) {
      clearTimeout(left)
      reader?.push(null)
      const mine = new Readable({
        read: () => (last === null && reader === mine ? pty.resume() : undefined),
        destroy: (error, done) => {
          if (reader === mine) {
            reader = null
            leave()
          }
          done(error)
        },
      })
      reader = mine
      const from = Math.min(Math.max(at, keptFrom), keptFrom + kept.length)
      const text = kept.slice(from - keptFrom)
      if (text !== '') send({ at: from, text })
      if (last !== null) {
        send(last)
        mine.push(null)
      }
      return mine
    },
    type: (text) => void (last === null && pty.write(text)),
    resize: ({ cols, rows }) => void (last === null && pty.resize(cols, rows)),
    async close() {
      clearTimeout(left)
      await endSession(pty.pid, killMs)
      pty.resume() // an end that waits behind unread output would never be told
      await ending.promise
      reader?.push(null)
    },
  }
}

const LOOK_MS = 25

/** Hangs up on all that the program started, also in the background; what does not heed it is killed. */
async function endSession(leader: number, killMs: number): Promise<void> {
  const alive = () => sessionMembers(leader).filter(isAlive)
  signalAll(alive(), 'SIGHUP')
  for (let waited = 0; waited < killMs && alive().length > 0; waited += LOOK_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  signalAll(alive(), 'SIGKILL')
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended, or is another user's: what sudo started ends with its terminal.
    }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
