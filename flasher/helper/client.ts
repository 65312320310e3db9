import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { z } from 'zod/mini'
import type { Disk } from '../disk/list.ts'
import type { Unmounted } from '../disk/unmount.ts'
import type { BurnProgress } from '../burn/progress.ts'
import type { FlashProgress } from '../flash/progress.ts'
import { LineCutter } from './lines.ts'
import {
  FlashAnswer,
  Hello,
  MAX_ANSWER_BYTES,
  PROTOCOL,
  Reply,
  StickAnswer,
  UnmountAnswer,
} from './messages.ts'
import type { ConfirmedTarget, HelperBurnPlan, HelperCode, HelperPlan } from './messages.ts'

/** `no-helper`: it did not start or is of another version; `died`: it ended with requests under way. */
export type HelperErrorCode = HelperCode | 'no-helper' | 'died'

/** What the helper refused, or what became of it. After `died` the state of a disk that was being flashed is unknown. */
export class HelperError extends Error {
  override name = 'HelperError'
  code: HelperErrorCode
  constructor(code: HelperErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export interface HelperStart {
  /** The command that starts `bty-helper`, with whatever gives it its rights in front. */
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  signal?: AbortSignal
  /** Until the first line of the helper; a person may have to type a password before it. 5 minutes unless told. */
  helloTimeoutMs?: number
}

interface Waiting {
  what: string
  settle: (result: unknown) => void
  fail: (error: Error) => void
  onProgress?: (progress: unknown) => void
}

interface WriteOptions<P> {
  signal?: AbortSignal
  onProgress?: (progress: P) => void
}

const STDERR_CHARS = 2_000

/** The only way to the elevated process. Ends it when closed. */
export class HelperClient implements AsyncDisposable {
  readonly hello: Hello
  /** Resolves with the reason when the helper is gone. */
  readonly ended: Promise<string>
  private readonly child: ChildProcess
  private readonly waiting: Map<number, Waiting>
  private nextId = 1

  private constructor(
    child: ChildProcess,
    hello: Hello,
    waiting: Map<number, Waiting>,
    ended: Promise<string>,
  ) {
    this.child = child
    this.hello = hello
    this.waiting = waiting
    this.ended = ended
  }

  /** Starts the helper and waits for its hello. Throws HelperError `no-helper`. */
  static async start(start: HelperStart): Promise<HelperClient> {
    const { command, args, env, helloTimeoutMs = 5 * 60_000 } = start
    const limit = AbortSignal.timeout(helloTimeoutMs)
    const signal = start.signal === undefined ? limit : AbortSignal.any([start.signal, limit])
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: env ?? process.env })
    const waiting = new Map<number, Waiting>()
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_CHARS)))
    child.stdin.on('error', () => {}) // its end is told by `ended`
    const greeting = Promise.withResolvers<Hello>()
    const ended = new Promise<string>((resolve) => {
      // Later errors are of signals, which an elevated process does not take from us; its closed input ends it.
      child.on('error', (error) => {
        if (child.pid === undefined) resolve(`it could not be started: ${error.message}`)
      })
      child.once('close', (code, signalName) =>
        resolve(`it ended with ${signalName ?? code}${said.trim() === '' ? '' : `: ${said.trim()}`}`),
      )
    })
    void ended.then((reason) => {
      greeting.reject(new HelperError('no-helper', `${command} is no helper: ${reason}`))
      for (const { what, fail } of waiting.values()) fail(died(what, reason))
      waiting.clear()
    })
    const onAbort = () =>
      greeting.reject(new HelperError('no-helper', `${command} said nothing in time`, signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    readReplies(child, waiting, greeting)
    try {
      return new HelperClient(child, await greeting.promise, waiting, ended)
    } catch (error) {
      endHelper(child)
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Disks as the helper sees them. Throws HelperError. */
  async list(): Promise<Disk[]> {
    return (await this.ask('listing disks', { method: 'list' })) as Disk[]
  }

  /** Unmounts what is on a disk. Throws HelperError. */
  async unmount(target: ConfirmedTarget): Promise<Unmounted> {
    return UnmountAnswer.parse(await this.ask(`unmounting ${target.path}`, { method: 'unmount', target }))
  }

  /** What a disk holds as a bty stick; null when it is none. Throws HelperError. */
  async stick(target: ConfirmedTarget): Promise<StickAnswer> {
    return StickAnswer.parse(await this.ask(`looking at ${target.path}`, { method: 'stick', target }))
  }

  /** Flashes; each target has its own fate. Aborting cancels and still waits for the answer. Throws HelperError. */
  async flash(plan: HelperPlan, options: WriteOptions<FlashProgress> = {}): Promise<FlashAnswer> {
    return await this.write('flash', plan, options)
  }

  /** Burns sticks, by the same rules. Throws HelperError. */
  async burn(plan: HelperBurnPlan, options: WriteOptions<BurnProgress> = {}): Promise<FlashAnswer> {
    return await this.write('burn', plan, options)
  }

  private async write<P>(
    method: 'flash' | 'burn',
    plan: HelperPlan | HelperBurnPlan,
    { signal, onProgress }: WriteOptions<P>,
  ): Promise<FlashAnswer> {
    if (signal?.aborted) throw new HelperError('cancelled', `the ${method} was cancelled`)
    const id = this.nextId
    const paths = plan.targets.map((target) => target.path).join(', ')
    const cancel = () => void this.ask('cancelling', { method: 'cancel', flash: id }).catch(() => {}) // the work itself tells its end
    const answer = this.ask(`writing ${paths}`, { method, plan }, onProgress as Waiting['onProgress'])
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return FlashAnswer.parse(await answer)
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Lets the helper end; a flash under way is cancelled first. */
  async close(): Promise<void> {
    await this.ask('ending', { method: 'quit' }).catch(() => {})
    this.child.stdin!.end()
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  private ask(what: string, request: object, onProgress?: Waiting['onProgress']): Promise<unknown> {
    const id = this.nextId++
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      return Promise.reject(died(what, 'it had ended already'))
    return new Promise((settle, fail) => {
      this.waiting.set(id, { what, settle, fail, ...(onProgress && { onProgress }) })
      this.child.stdin!.write(`${JSON.stringify({ id, ...request })}\n`)
    })
  }
}

function died(what: string, reason: string): HelperError {
  const unknown = what.startsWith('writing')
    ? '; what is on the disk is unknown, flash it again before it is used'
    : ''
  return new HelperError('died', `the helper was lost while ${what}: ${reason}${unknown}`)
}

function endHelper(child: ChildProcess): void {
  child.stdin!.end()
  child.kill('SIGTERM')
}

/** Hands each line to whom it concerns. A helper that breaks the rules is ended: what it does is unknown then. */
function readReplies(
  child: ChildProcess,
  waiting: Map<number, Waiting>,
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
      deliver(data, waiting)
    }
  })
}

function deliver(reply: Reply, waiting: Map<number, Waiting>): void {
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
