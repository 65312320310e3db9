import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Disk } from '../disk/list.ts'
import type { Unmounted } from '../disk/unmount.ts'
import type { BurnProgress } from '../burn/progress.ts'
import type { FlashProgress } from '../flash/progress.ts'
import { HelperError } from './error.ts'
import { FlashAnswer, StickAnswer, UnmountAnswer } from './messages.ts'
import type { ConfirmedTarget, Hello, HelperBurnPlan, HelperPlan } from './messages.ts'
import type { Endpoint } from './net-rules.ts'
import { endHelper, readReplies } from './replies.ts'
import type { Hearing, Waiting } from './replies.ts'

export interface HelperStart {
  /** The command that starts `bty-helper`, with whatever gives it its rights in front. */
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv
  signal?: AbortSignal
  /** Until the first line of the helper; a person may have to type a password before it. 5 minutes unless told. */
  helloTimeoutMs?: number
}

interface WriteOptions<P> {
  signal?: AbortSignal
  onProgress?: (progress: P) => void
}

/** A UDP socket that the helper holds. */
export interface HelperSocket {
  /** Throws HelperError, also where the helper does not send such a thing. */
  send(bytes: Uint8Array, to: Endpoint): Promise<void>
  close(): Promise<void>
}

const STDERR_CHARS = 2_000

/** The only way to the elevated process. Ends it when closed. */
export class HelperClient implements AsyncDisposable {
  readonly hello: Hello
  /** Resolves with the reason when the helper is gone. */
  readonly ended: Promise<string>
  private readonly child: ChildProcess
  private readonly waiting: Map<number, Waiting>
  private readonly hearing: Map<number, Hearing>
  private nextId = 1

  private constructor(
    child: ChildProcess,
    hello: Hello,
    waiting: Map<number, Waiting>,
    hearing: Map<number, Hearing>,
    ended: Promise<string>,
  ) {
    this.child = child
    this.hello = hello
    this.waiting = waiting
    this.hearing = hearing
    this.ended = ended
  }

  /** Starts the helper and waits for its hello. Throws HelperError `no-helper`. */
  static async start(start: HelperStart): Promise<HelperClient> {
    const { command, args, env, helloTimeoutMs = 5 * 60_000 } = start
    const limit = AbortSignal.timeout(helloTimeoutMs)
    const signal = start.signal === undefined ? limit : AbortSignal.any([start.signal, limit])
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: env ?? process.env })
    const waiting = new Map<number, Waiting>()
    const hearing = new Map<number, Hearing>()
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
      for (const { onGone } of hearing.values()) onGone(`the helper is gone: ${reason}`)
      hearing.clear()
    })
    const onAbort = () =>
      greeting.reject(new HelperError('no-helper', `${command} said nothing in time`, signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    readReplies(child, { waiting, hearing }, greeting)
    try {
      return new HelperClient(child, await greeting.promise, waiting, hearing, ended)
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

  /** Has UDP port 67 or 69 opened. Throws HelperError. */
  async listen(at: Endpoint, hearing: Hearing): Promise<HelperSocket> {
    const socket = this.nextId
    this.hearing.set(socket, hearing)
    try {
      await this.ask(`opening UDP port ${at.port}`, { method: 'listen', at })
    } catch (error) {
      this.hearing.delete(socket)
      throw error
    }
    return {
      send: async (bytes, to) => {
        const data = Buffer.from(bytes).toString('base64')
        await this.ask(`sending from UDP port ${at.port}`, { method: 'send', socket, to, data })
      },
      close: async () => {
        if (!this.hearing.delete(socket)) return // gone already
        await this.ask(`closing UDP port ${at.port}`, { method: 'stop', socket }).catch(() => {})
      },
    }
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
