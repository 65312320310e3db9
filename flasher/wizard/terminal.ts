import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { painted } from './line.ts'
import type { Line } from './line.ts'
import { liveUpdate } from './live.ts'
import { lookOf } from './look.ts'
import type { Look } from './look.ts'

/** Where the program speaks: the person at the screen, the kernel log, the serial console. */
export interface Screen {
  /** What can be shown now; a window may change its size. */
  look(): Look
  /** A whole screen; what was there is gone. The cursor stays behind `question`. */
  page(lines: readonly Line[], question?: string): void
  /** One line for the person. */
  say(text: string): void
  /** Lines that change in place, below everything else; shown only where `look().mode` is `cursor`. */
  live(lines: readonly string[]): void
  /** A lifecycle marker: standard error, kernel log, console. */
  marker(text: string): void
  /** A percentage: the console only, because the kernel log would break the lines that change in place. */
  milestone(text: string): void
  /** Calls back when the window has another size. */
  onResize(callback: () => void): Disposable
}

/** Where lines go beside standard error. */
export interface Sinks {
  kmsg: string
  console: string
  /** Lines from before the first screen. */
  status: string
}

/** The machine's own, or three files in `dir`. */
export function sinksIn(dir: string | undefined): Sinks {
  if (!dir) return { kmsg: '/dev/kmsg', console: '/dev/console', status: '/run/bty.status' }
  return { kmsg: join(dir, 'kmsg'), console: join(dir, 'console'), status: join(dir, 'status') }
}

/** For commands that have no lifecycle to tell. */
export const NO_SINKS: Sinks = sinksIn('/nonexistent')

/** A change of the live lines in bytes; at 9600 baud an eighth of a second. */
export const LIVE_BUDGET_BYTES = 120

/** Standard error as a screen. */
export function terminalScreen(sinks: Sinks): Screen {
  const stream = process.stderr
  const consoleIsUtf8 = readText('/sys/module/vt/parameters/default_utf8') === '1'
  const look = () =>
    lookOf({
      env: process.env,
      isTTY: stream.isTTY === true,
      columns: stream.columns,
      rows: stream.rows,
      consoleIsUtf8,
    })
  let shown: string[] = []
  const below = (text: string) => {
    shown = []
    stream.write(text)
  }
  return {
    look,
    page(lines, question = '') {
      const now = look()
      const clear = now.mode === 'cursor' ? '\x1b[H\x1b[J' : '\n'
      below(clear + lines.map((line) => `${painted(line, now)}\n`).join('') + question)
    },
    say: (text) => below(`${text}\n`),
    live(lines) {
      if (look().mode !== 'cursor') return
      if (shown.length !== lines.length) {
        below(lines.map((line) => `${line}\n`).join(''))
        shown = [...lines]
        return
      }
      const update = liveUpdate(shown, lines, LIVE_BUDGET_BYTES)
      shown = update.shown
      if (update.bytes !== '') stream.write(update.bytes)
    },
    marker(text) {
      below(`${text}\n`)
      append(sinks.kmsg, `<6>${text}\n`)
      append(sinks.console, `${text}\r\n`)
    },
    milestone: (text) => append(sinks.console, `${text}\r\n`),
    onResize(callback) {
      stream.on('resize', callback)
      return { [Symbol.dispose]: () => void stream.off('resize', callback) }
    },
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}

/** Best effort: a missing or unwritable sink is ignored, and none may hold the flash up. */
function append(path: string, text: string): void {
  try {
    const fd = openSync(
      path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY,
    )
    try {
      writeSync(fd, text)
    } finally {
      closeSync(fd)
    }
  } catch {
    // nobody listens there
  }
}
