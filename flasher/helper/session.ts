import type { Readable, Writable } from 'node:stream'
import type { Disk } from '../disk/list.ts'
import type { Unmounted } from '../disk/unmount.ts'
import { asFlashError } from '../errors.ts'
import type { BurnProgress } from '../burn/progress.ts'
import type { FlashProgress } from '../flash/progress.ts'
import { LineCutter } from './lines.ts'
import { isFor, MAX_REQUEST_BYTES, readRequest } from './messages.ts'
import type { HelperNet, NetEvents } from './net.ts'
import type {
  ConfirmedTarget,
  FlashAnswer,
  Hello,
  HelperBurnPlan,
  HelperCode,
  HelperPlan,
  Request,
  StickAnswer,
} from './messages.ts'

/** What the helper does with its rights. Each verb checks for itself that the disk is the confirmed one. */
export interface HelperWork {
  list(): Promise<Disk[]>
  /** Paths as the kernel knows them. Throws FlashError. */
  verify(targets: readonly ConfirmedTarget[]): Promise<string[]>
  unmount(target: ConfirmedTarget): Promise<Unmounted>
  flash(
    plan: HelperPlan,
    paths: readonly string[],
    options: { signal: AbortSignal; onProgress: (progress: FlashProgress) => void },
  ): Promise<FlashAnswer>
  /** Also that each may be burnt: paths as the kernel knows them. Throws FlashError. */
  verifyBurn(plan: HelperBurnPlan): Promise<string[]>
  burn(
    plan: HelperBurnPlan,
    paths: readonly string[],
    options: { signal: AbortSignal; onProgress: (progress: BurnProgress) => void },
  ): Promise<FlashAnswer>
  /** Throws FlashError. */
  stick(target: ConfirmedTarget): Promise<StickAnswer>
  net(events: NetEvents): HelperNet
}

/** A burst of datagrams that the client has not read yet: a rack that is switched on. */
const MAX_UNREAD_BYTES = 1024 * 1024

interface Job {
  cancel: AbortController
  /** Disks that it has to itself; none before they are known to be the confirmed ones. */
  claimed: readonly string[]
}

/**
 * Speaks with one client until `quit`, the end of its input, or `stop` aborts. Then it cancels what is under way and
 * resolves when nothing is written any more.
 */
export async function serveClient(
  input: Readable,
  output: Writable,
  hello: Hello,
  work: HelperWork,
  stop: AbortController,
): Promise<void> {
  const jobs = new Map<number, Job>()
  const running = new Set<Promise<void>>()
  const say = (message: object) => output.write(`${JSON.stringify(message)}\n`)
  const refuse = (id: number | null, code: HelperCode, text: string) =>
    say({ kind: 'answer', id, error: { code, text } })

  const net = work.net({
    datagram(socket, from, bytes) {
      // A client that does not read loses datagrams, as with a full buffer of the kernel.
      if (output.writableLength > MAX_UNREAD_BYTES) return
      say({ kind: 'datagram', socket, from, data: Buffer.from(bytes).toString('base64') })
    },
    gone: (socket, reason) => say({ kind: 'gone', socket, text: reason }),
  })

  output.on('error', () => stop.abort()) // nobody reads any more
  say(hello)

  /** Work on disks that has them to itself, tells of its progress and can be cancelled. */
  async function write<P>(
    id: number,
    verify: () => Promise<string[]>,
    begin: (
      paths: string[],
      options: { signal: AbortSignal; onProgress: (progress: P) => void },
    ) => Promise<FlashAnswer>,
  ): Promise<void> {
    if (jobs.has(id)) return void refuse(id, 'bad-request', `a flash has the id ${id} already`)
    const job: Job = { cancel: new AbortController(), claimed: [] }
    jobs.set(id, job)
    try {
      const paths = await verify()
      const claimed = [...jobs.values()].flatMap((other) => other.claimed)
      const taken = paths.find((path, index) => claimed.includes(path) || paths.indexOf(path) !== index)
      if (taken !== undefined) return void refuse(id, 'busy', `a flash of ${taken} is under way already`)
      job.claimed = paths
      const ok = await begin(paths, {
        signal: AbortSignal.any([job.cancel.signal, stop.signal]),
        onProgress: (progress) => {
          // A client that does not read gets fewer samples, not a growing queue.
          if (!output.writableNeedDrain) say({ kind: 'progress', id, progress })
        },
      })
      say({ kind: 'answer', id, ok })
    } finally {
      jobs.delete(id)
    }
  }

  async function answer(request: Request): Promise<void> {
    const { id, method } = request
    if (!isFor(hello.mode, method))
      return void refuse(id, 'refused', `this helper was started for ${hello.mode}, not to ${method}`)
    try {
      if (request.method === 'list') say({ kind: 'answer', id, ok: await work.list() })
      else if (request.method === 'unmount')
        say({ kind: 'answer', id, ok: await work.unmount(request.target) })
      else if (request.method === 'stick') say({ kind: 'answer', id, ok: await work.stick(request.target) })
      else if (request.method === 'flash') {
        const { plan } = request
        await write<FlashProgress>(
          id,
          () => work.verify(plan.targets),
          (paths, options) => work.flash(plan, paths, options),
        )
      } else if (request.method === 'burn') {
        const { plan } = request
        await write<BurnProgress>(
          id,
          () => work.verifyBurn(plan),
          (paths, options) => work.burn(plan, paths, options),
        )
      } else if (request.method === 'cancel') {
        const job = jobs.get(request.flash)
        job?.cancel.abort()
        say({ kind: 'answer', id, ok: { cancelled: job !== undefined } })
      } else if (request.method === 'listen') {
        await net.listen(id, request.at)
        say({ kind: 'answer', id, ok: {} })
      } else if (request.method === 'send') {
        await net.send(request.socket, request.to, Buffer.from(request.data, 'base64'))
        say({ kind: 'answer', id, ok: {} })
      } else if (request.method === 'stop') {
        await net.stop(request.socket)
        say({ kind: 'answer', id, ok: {} })
      } else {
        stop.abort()
        await Promise.allSettled(running)
        say({ kind: 'answer', id, ok: {} })
      }
    } catch (error) {
      const { code, message } = asFlashError(error)
      refuse(id, code, message)
    }
  }

  const cutter = new LineCutter(MAX_REQUEST_BYTES)
  const onChunk = (chunk: Buffer) => {
    for (const line of cutter.push(chunk)) {
      if (stop.signal.aborted) return
      if ('tooLongBytes' in line) {
        refuse(
          null,
          'bad-request',
          `a line of ${line.tooLongBytes} bytes; at most ${MAX_REQUEST_BYTES} are read`,
        )
        continue
      }
      const read = readRequest(line.text)
      if ('problem' in read) {
        refuse(read.id, 'bad-request', read.problem)
        continue
      }
      const task: Promise<void> = answer(read.request).finally(() => running.delete(task))
      running.add(task)
    }
  }

  await new Promise<void>((resolve) => {
    input.on('data', onChunk)
    for (const event of ['end', 'close', 'error']) input.on(event, () => resolve())
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
    if (stop.signal.aborted) resolve()
  })
  stop.abort()
  await Promise.allSettled([...running, net.close()])
}
