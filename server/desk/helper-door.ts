import { HelperClient } from '../../flasher/helper/client.ts'
import type { HelperCommand } from './helper-command.ts'

/** One elevated process for as long as there is work, and a little longer: the operator is asked for rights once. */
export interface HelperDoor {
  /** Why there is none, with the next step; null when there may be one. */
  readonly problem: string | null
  /** Starts the helper where none runs. Throws HelperError. */
  use<T>(work: (helper: HelperClient) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const IDLE_MS = 5 * 60_000

export function helperDoor(
  command: HelperCommand | { problem: string },
  { idleMs = IDLE_MS }: { idleMs?: number } = {},
): HelperDoor {
  const stop = new AbortController()
  let current: Promise<HelperClient> | null = null
  let users = 0
  let idle: NodeJS.Timeout | undefined

  function start(): Promise<HelperClient> {
    if ('problem' in command) return Promise.reject(new Error(command.problem))
    const started = HelperClient.start({ ...command, signal: stop.signal })
    started.then(
      (client) => client.ended.then(() => forget(started)),
      () => forget(started),
    )
    return started
  }

  function forget(helper: Promise<HelperClient>): void {
    if (current === helper) current = null
  }

  async function end(): Promise<void> {
    const helper = current
    current = null
    await helper?.then((client) => client.close()).catch(() => {}) // it never started
  }

  return {
    problem: 'problem' in command ? command.problem : null,
    async use(work) {
      clearTimeout(idle)
      users++
      try {
        current ??= start()
        return await work(await current)
      } finally {
        users--
        if (users === 0) {
          idle = setTimeout(() => void end(), idleMs)
          idle.unref()
        }
      }
    },
    async close() {
      clearTimeout(idle)
      stop.abort()
      await end()
    },
  }
}
