/** What the helper says, handed to whom it concerns. */
import type { ChildProcess } from 'node:child_process'
import { z } from 'zod/mini'
import { HelperError } from './error.ts'
import type { HelperErrorCode } from './error.ts'
import { LineCutter } from './lines.ts'
import { Hello, MAX_ANSWER_BYTES, PROTOCOL, Reply } from './messages.ts'
import type { Endpoint } from './net-rules.ts'

export interface Waiting {
  what: string
  settle: (result: unknown) => void
  fail: (error: Error) => void
  onProgress?: (progress: unknown) => void
}

export interface Takers {
  waiting: Map<number, Waiting>
  hearing: Map<number, Hearing>
}

/** Who takes what a socket of the helper hears. */
export interface Hearing {
  onDatagram(bytes: Buffer, from: Endpoint): void
  /** It hears nothing any more; also when the helper itself is gone. */
  onGone(reason: string): void
}

export function endHelper(child: ChildProcess): void {
  child.stdin!.end()
  child.kill('SIGTERM')
}

/** Hands each line to whom it concerns. A helper that breaks the rules is ended: what it does is unknown then. */
export function readReplies(
  child: ChildProcess,
  takers: Takers,
  greeting: PromiseWithResolvers<Hello>,
): void {
  const cutter = new LineCutter(MAX_ANSWER_BYTES)
  let greeted = false
  const broken = (problem: string) => {
    greeting.reject(new HelperError('no-helper', problem))
    endHelper(child)
  }
  child.stdout!.on('data', (chunk: Buffer) => {
    for (const line of cutter.push(chunk)) {
      const value = 'text' in line ? parseJson(line.text) : undefined
      if (!greeted) {
        const problem = helloProblem(value)
        if (problem !== null) return broken(problem)
        greeted = true
        greeting.resolve(Hello.parse(value))
        continue
      }
      const { success, data } = Reply.safeParse(value)
      if (!success) return broken('the helper sent a line that is none of its messages')
      deliver(data, takers)
    }
  })
}

function deliver(reply: Reply, { waiting, hearing }: Takers): void {
  if (reply.kind === 'datagram')
    return hearing.get(reply.socket)?.onDatagram(Buffer.from(reply.data, 'base64'), reply.from)
  if (reply.kind === 'gone') {
    const listener = hearing.get(reply.socket)
    hearing.delete(reply.socket)
    return listener?.onGone(reply.text)
  }
  const request = reply.id === null ? undefined : waiting.get(reply.id)
  if (request === undefined) return
  if (reply.kind === 'progress') return request.onProgress?.(reply.progress)
  waiting.delete(reply.id!)
  if (reply.error === undefined) request.settle(reply.ok)
  else request.fail(new HelperError(reply.error.code as HelperErrorCode, reply.error.text))
}

/** Why the first line is no hello of this protocol, or null. */
export function helloProblem(value: unknown): string | null {
  const spoken = z.object({ v: z.unknown(), kind: z.literal('hello') }).safeParse(value)
  if (!spoken.success) return 'the program that was started is not bty-helper: its first line is no hello'
  if (spoken.data.v !== PROTOCOL)
    return `the helper speaks version ${JSON.stringify(spoken.data.v)} of the protocol, this program ${PROTOCOL}; install both from the same release`
  return Hello.safeParse(value).success ? null : 'the hello of the helper is incomplete'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
