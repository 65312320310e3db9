/** Terminals inside the console, on this laptop only: the wizard, and a shell where the operator allows it. */
import { z } from 'zod'
import type { Route } from './route.ts'

/** `wizard`: the `bty` command; `rights`: the helper that writes to disks, by sudo; `shell`: that of whoever runs the console. */
export const TerminalProgram = z.enum(['wizard', 'rights', 'shell'])
export type TerminalProgram = z.infer<typeof TerminalProgram>

const size = {
  cols: z.number().int().min(2).max(1000),
  rows: z.number().int().min(1).max(500),
}
export const TerminalSize = z.strictObject(size)
export type TerminalSize = z.infer<typeof TerminalSize>

export const TerminalWish = z.strictObject({ program: TerminalProgram, ...size })
export type TerminalWish = z.infer<typeof TerminalWish>

const Offer = z.object({
  program: TerminalProgram,
  /** Why it cannot be had here, with the next step; null when it can. */
  problem: z.string().nullable(),
})
export const TerminalOffers = z.object({ programs: z.array(Offer) })
export type TerminalOffers = z.infer<typeof TerminalOffers>

export const OpenTerminal = z.object({
  /** Secret of this terminal: whoever has it, in the session that opened it, may type. */
  key: z.string(),
  program: TerminalProgram,
})
export type OpenTerminal = z.infer<typeof OpenTerminal>

export const TerminalInput = z.strictObject({ data: z.string().min(1).max(65_536) })

/**
 * A line of `GET /api/desk/terminals/:key/output`: text from place `at`, counted in UTF-16 units since the start; or how
 * the program ended, which is the last line.
 */
export const TerminalLine = z.union([
  z.object({ at: z.number().int().min(0), text: z.string() }),
  z.object({ exit: z.number().int(), signal: z.string().nullable() }),
])
export type TerminalLine = z.infer<typeof TerminalLine>

export const terminalRoutes = {
  terminalOffers: {
    method: 'GET',
    path: '/api/desk/terminals',
    access: 'desk',
    output: TerminalOffers,
    status: 200,
    summary: 'What a terminal can run here, or why not',
  },
  openTerminal: {
    method: 'POST',
    path: '/api/desk/terminals',
    access: 'desk',
    body: TerminalWish,
    output: OpenTerminal,
    status: 201,
    summary: 'Start a program in a new terminal',
  },
  typeTerminal: {
    method: 'POST',
    path: '/api/desk/terminals/:key/input',
    access: 'desk',
    body: TerminalInput,
    status: 204,
    summary: 'Type into a terminal',
  },
  sizeTerminal: {
    method: 'PUT',
    path: '/api/desk/terminals/:key/size',
    access: 'desk',
    body: TerminalSize,
    status: 204,
    summary: 'Tell a terminal its size',
  },
  closeTerminal: {
    method: 'DELETE',
    path: '/api/desk/terminals/:key',
    access: 'desk',
    status: 204,
    summary: 'End the program of a terminal and all that it started',
  },
} as const satisfies Record<string, Route>
