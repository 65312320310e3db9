/** The first screen of a live system, read as the kernel holds it (`/dev/vcs1`) and written to by a keyboard. */
import type { Boot } from './machine.ts'
import { keyboardOf } from './qmp.ts'

const BEGIN = 'screen-begins'
const END = 'screen-ends'

export interface Screen {
  /** Resolves with the screen's lines once they fit `wanted`. Rejects with what it shows after `limitMs`. */
  shows(wanted: RegExp, limitMs: number): Promise<string>
  type(text: string): Promise<void>
  /** Runs a line in the second screen's shell, its output on the serial console. */
  run(line: string): Promise<void>
  close(): void
}

/**
 * Reads the screen of a machine whose serial port is the last console of its kernel line: a shell on the second screen prints the first one
 * there again and again. `socket`: the machine's monitor.
 */
export async function readScreen(boot: Boot, socket: string): Promise<Screen> {
  const keyboard = await keyboardOf(socket)
  const shell = async (line: string): Promise<void> => {
    await keyboard.press('alt', 'f2')
    await keyboard.type(`${line}\n`)
    await keyboard.press('alt', 'f1')
  }
  await shell('')
  const print = `echo ${BEGIN}; fold -w 80 /dev/vcs1; echo; echo ${END}`
  await shell(`while sleep 1; do ${print}; done >/dev/console &`)
  return {
    async shows(wanted, limitMs) {
      const end = Date.now() + limitMs
      for (;;) {
        const last = lastScreen(boot.console())
        if (last !== null && wanted.test(last)) return last
        const left = end - Date.now()
        const shown = last ?? `nothing; the serial console: ${boot.console().slice(-2000)}`
        const why = `the screen did not show ${wanted} within ${limitMs} ms; it shows ${shown}`
        if (left <= 0) throw new Error(why)
        await boot.sees(END, left).catch((error: unknown) => {
          throw new Error(why, { cause: error })
        })
      }
    },
    type: (text) => keyboard.type(text),
    run: (line) => shell(`{ ${line}; } >/dev/console 2>&1`),
    close: () => keyboard.close(),
  }
}

/** The newest whole screen in the text of a serial console, a line for each row; null when there is none. */
export function lastScreen(text: string): string | null {
  const end = text.lastIndexOf(END)
  const begin = end < 0 ? -1 : text.lastIndexOf(BEGIN, end)
  return begin < 0 ? null : text.slice(begin + BEGIN.length, end)
}
