import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Where an agent speaks: the person at the screen, the kernel log, the serial console. */
export interface Screen {
  /** One line for the person. */
  say(text: string): void
  /** Overwrites the last status line; where that is impossible, nothing is shown. */
  status(text: string): void
  /** A lifecycle marker: standard error, kernel log, console. */
  marker(text: string): void
  /** A percentage: the console only, because the kernel log would break the status line. */
  milestone(text: string): void
}

/** Where an agent's lines go beside standard error. */
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

export function terminalScreen(sinks: Sinks): Screen {
  let statusShown = false
  const write = (text: string) => {
    process.stderr.write(statusShown ? `\r\x1b[K${text}` : text)
    statusShown = false
  }
  return {
    say: (text) => write(`${text}\n`),
    status(text) {
      if (!process.stderr.isTTY) return
      write(text)
      statusShown = true
    },
    marker(text) {
      write(`${text}\n`)
      append(sinks.kmsg, `<6>${text}\n`)
      append(sinks.console, `${text}\r\n`)
    },
    milestone: (text) => append(sinks.console, `${text}\r\n`),
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
