import { closeSync, constants, openSync, writeSync } from 'node:fs'

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

export interface ScreenPaths {
  kmsg: string
  console: string
}

const DEVICES: ScreenPaths = { kmsg: '/dev/kmsg', console: '/dev/console' }

export function terminalScreen(paths: ScreenPaths = DEVICES): Screen {
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
      append(paths.kmsg, `<6>${text}\n`)
      append(paths.console, `${text}\r\n`)
    },
    milestone: (text) => append(paths.console, `${text}\r\n`),
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
