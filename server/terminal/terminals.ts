import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import type { Readable } from 'node:stream'
import {
  TerminalProgram,
  type OpenTerminal,
  type TerminalOffers,
  type TerminalSize,
  type TerminalWish,
} from '../api/index.ts'
import { DeskError } from '../desk/error.ts'
import { type TerminalCommand, terminalEnv } from './command.ts'
import type { SpawnPty } from './pty.ts'
import { runTerminal, type Terminal } from './terminal.ts'

/** The terminals of this laptop's consoles. Each belongs to the session that opened it, and is known by its key alone. */
export interface Terminals {
  offers(): Promise<TerminalOffers>
  /** @throws {DeskError} */
  open(wish: TerminalWish, session: string): Promise<OpenTerminal>
  /** @throws {DeskError} 404, as the others. */
  read(key: string, session: string, at: number): Readable
  type(key: string, session: string, text: string): void
  resize(key: string, session: string, size: TerminalSize): void
  end(key: string, session: string): Promise<void>
  /** Ends all terminals of a session that was signed out. */
  endSession(session: string): void
  close(): Promise<void>
}

export interface TerminalsOptions {
  load: () => Promise<SpawnPty | { problem: string }>
  command: (program: TerminalProgram) => TerminalCommand | { problem: string }
  /** Told of every program that was started. */
  onOpen?: (program: TerminalProgram) => void
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** How long a terminal lives that nobody reads: a page that was closed, a connection that broke. */
  unreadMs?: number
}

const MOST = 8
const UNREAD_MS = 15_000

export function createTerminals(options: TerminalsOptions): Terminals {
  const { load, command, onOpen, env = process.env, cwd = homedir(), unreadMs = UNREAD_MS } = options
  const open = new Map<string, { session: string; terminal: Terminal }>()
  let closing = false

  function of(key: string, session: string): Terminal {
    const found = open.get(key)
    if (found === undefined || found.session !== session)
      throw new DeskError(404, 'this terminal has ended, or belongs to another session')
    return found.terminal
  }

  async function end(key: string): Promise<void> {
    const found = open.get(key)
    await found?.terminal.close()
    open.delete(key)
  }

  return {
    async offers() {
      const pty = await load()
      const programs = TerminalProgram.options.map((program) => {
        const found = 'problem' in pty ? pty : command(program)
        return { program, problem: 'problem' in found ? found.problem : null }
      })
      return { programs }
    },
    async open({ program, cols, rows }, session) {
      const pty = await load()
      const found = 'problem' in pty ? pty : command(program)
      if (typeof pty !== 'function' || 'problem' in found)
        throw new DeskError(503, 'problem' in found ? found.problem : '')
      if (closing || open.size >= MOST)
        throw new DeskError(
          409,
          `${open.size} terminals are open, and no more than ${MOST} may be; close one first`,
        )
      const key = randomBytes(24).toString('base64url')
      const child = pty(found.file, typeof found.args === 'function' ? found.args() : found.args, {
        name: 'xterm-256color',
        cols,
        rows,
        cwd,
        env: terminalEnv(env),
      })
      const terminal = runTerminal(child, { unreadMs, onLeft: () => void end(key) })
      open.set(key, { session, terminal })
      onOpen?.(program)
      return { key, program }
    },
    read: (key, session, at) => of(key, session).read(at),
    type: (key, session, text) => of(key, session).type(text),
    resize: (key, session, size) => of(key, session).resize(size),
    async end(key, session) {
      of(key, session)
      await end(key)
    },
    endSession(session) {
      for (const [key, one] of open) if (one.session === session) void end(key)
    },
    async close() {
      closing = true
      await Promise.all([...open.keys()].map(end))
    },
  }
}
