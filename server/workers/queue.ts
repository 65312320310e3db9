/**
 * Jobs of one kind, some at a time, in the order in which they were asked for (wire contract 7.0):
 * queued -> running -> completed, failed or cancelled. State is kept in memory.
 */
export type JobStatus = 'queued' | 'running' | 'completed' | 'cancelled' | 'failed'

export interface Job<Data> {
  readonly key: string
  status: JobStatus
  /** Milliseconds since the epoch. */
  startedAtMs: number | null
  finishedAtMs: number | null
  error: string | null
  data: Data
}

export interface QueueOptions<Data> {
  maxParallel: number
  /** Does the work. A throw makes the job `failed`, or `cancelled` once `signal` is aborted. */
  run(job: Job<Data>, signal: AbortSignal): Promise<void>
  /** Hears of every change of status but the first `queued`. */
  onChange?(job: Job<Data>): void
  /** Milliseconds since the epoch. */
  now: () => number
}

export interface Queue<Data> {
  /** Oldest first; at most one job of a key. */
  jobs(): Job<Data>[]
  get(key: string): Job<Data> | null
  /** Adds a job; one of the same key that has ended is forgotten. @throws {Error} while one is waiting or running. */
  enqueue(key: string, data: Data): Job<Data>
  /** Cancels a waiting job at once, tells a running one to stop; one that has ended stays as it is. */
  cancel(key: string): Job<Data> | null
  forget(key: string): void
  /** Cancels all and resolves when nothing runs any more. */
  close(): Promise<void>
}

export function isActive({ status }: { status: JobStatus }): boolean {
  return status === 'queued' || status === 'running'
}

export function createQueue<Data>(options: QueueOptions<Data>): Queue<Data> {
  const { maxParallel, run, onChange = () => undefined, now } = options
  const jobs = new Map<string, Job<Data>>()
  const running = new Map<Job<Data>, { stop: AbortController; ended: Promise<void> }>()
  let closed = false

  function settle(job: Job<Data>, status: JobStatus, error: string | null = null): void {
    job.status = status
    job.error = error
    job.finishedAtMs = now()
    onChange(job)
  }

  async function work(job: Job<Data>, signal: AbortSignal): Promise<void> {
    try {
      await run(job, signal)
      settle(job, 'completed')
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      if (signal.aborted) settle(job, 'cancelled')
      else settle(job, 'failed', reason)
    }
  }

  function next(): void {
    for (const job of jobs.values()) {
      if (closed || running.size >= maxParallel) return
      if (job.status !== 'queued') continue
      const stop = new AbortController()
      job.status = 'running'
      job.startedAtMs = now()
      onChange(job)
      const ended = work(job, stop.signal).finally(() => {
        running.delete(job)
        next()
      })
      running.set(job, { stop, ended })
    }
  }

  function cancel(key: string): Job<Data> | null {
    const job = jobs.get(key) ?? null
    if (job?.status === 'queued') settle(job, 'cancelled')
    else if (job?.status === 'running') running.get(job)?.stop.abort()
    return job
  }

  return {
    jobs: () => [...jobs.values()],
    get: (key) => jobs.get(key) ?? null,
    enqueue(key, data) {
      const before = jobs.get(key)
      if (before !== undefined && isActive(before))
        throw new Error(`a job ${key} is ${before.status} already`)
      const job: Job<Data> = {
        key,
        status: 'queued',
        startedAtMs: null,
        finishedAtMs: null,
        error: null,
        data,
      }
      jobs.delete(key)
      jobs.set(key, job)
      if (closed) settle(job, 'cancelled')
      // Not at once: who asked sees the job as queued.
      else setImmediate(next)
      return job
    },
    cancel,
    forget: (key) => void (isActive(jobs.get(key) ?? { status: 'failed' }) || jobs.delete(key)),
    async close() {
      closed = true
      for (const key of jobs.keys()) cancel(key)
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
  }
}
