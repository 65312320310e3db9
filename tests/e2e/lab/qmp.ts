/** A keyboard for a machine in QEMU, over its monitor's socket (QEMU Machine Protocol). */
import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

export interface Keyboard {
  /** Presses keys together, by QEMU's names, as `alt`, `f2`. */
  press(...keys: string[]): Promise<void>
  /** Types text on a US keyboard; a line end is Enter. */
  type(text: string): Promise<void>
  close(): void
}

const NAMES: Record<string, string> = {
  '\n': 'ret',
  ' ': 'spc',
  '-': 'minus',
  '=': 'equal',
  '/': 'slash',
  '.': 'dot',
  ',': 'comma',
  ';': 'semicolon',
  "'": 'apostrophe',
}
const SHIFTED: Record<string, string> = {
  '{': 'bracket_left',
  '}': 'bracket_right',
  '>': 'dot',
  '<': 'comma',
  '&': '7',
  '|': 'backslash',
  '"': 'apostrophe',
  ':': 'semicolon',
}
/** Between two keys: a guest that is emulated may miss what comes faster. */
const KEY_MS = 60

/** The keys that give one character. Pure. */
export function keysOf(char: string): string[] {
  if (/[a-z0-9]/.test(char)) return [char]
  if (/[A-Z]/.test(char)) return ['shift', char.toLowerCase()]
  if (char in NAMES) return [NAMES[char]!]
  if (char in SHIFTED) return ['shift', SHIFTED[char]!]
  throw new Error(`no key for "${char}"`)
}

/** Connects to the monitor of a machine that was started with {@link monitorArgs}. */
export async function keyboardOf(path: string): Promise<Keyboard> {
  const socket = await connect(path)
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const ask = async (execute: string, args?: object): Promise<void> => {
    socket.write(`${JSON.stringify({ execute, ...(args === undefined ? {} : { arguments: args }) })}\n`)
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`the monitor ended before it answered ${execute}`)
      const answer = JSON.parse(value) as { return?: unknown; error?: { desc: string } }
      if (answer.error !== undefined) throw new Error(`${execute}: ${answer.error.desc}`)
      if ('return' in answer) return
    }
  }
  await lines.next() // the greeting
  await ask('qmp_capabilities')
  const press = async (...keys: string[]): Promise<void> => {
    await ask('send-key', { keys: keys.map((data) => ({ type: 'qcode', data })), 'hold-time': KEY_MS / 2 })
    await pause(KEY_MS)
  }
  return {
    press,
    async type(text) {
      for (const char of text) await press(...keysOf(char))
    },
    close: () => socket.destroy(),
  }
}

export function monitorArgs(path: string): string[] {
  return ['-qmp', `unix:${path},server=on,wait=off`]
}

async function connect(path: string): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = createConnection(path)
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (tries === 300) throw new Error(`no monitor at ${path}`, { cause: error })
      await pause(100)
    }
  }
}
