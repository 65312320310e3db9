import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HelperClient } from '../../flasher/helper/client.ts'
import { HelperError } from '../../flasher/helper/error.ts'
import type { HelperMode } from '../../flasher/helper/messages.ts'
import { explainElevation } from './elevation.ts'
import type { HelperCommand } from './helper-command.ts'

/** One elevated process for as long as there is work, and a little longer: the operator is asked for rights once. */
export interface HelperDoor {
  /** Why there is none, with the next step; null when there may be one. */
  readonly problem: string | null
  /** Starts the helper where none runs. Throws HelperError. */
  use<T>(work: (helper: HelperClient) => Promise<T>): Promise<T>
  /**
   * Expects the helper from a terminal, where sudo asks for the password: the command to run there, with sudo in front. It serves
   * as one that was started here, until it is idle or its terminal ends.
   */
  fromTerminal(program: { node: string; helper: string }): string[]
  close(): Promise<void>
}

const IDLE_MS = 5 * 60_000

/** `mode`: what the command starts the helper for; it is told in the words of a refusal. */
export function helperDoor(
  command: HelperCommand | { problem: string },
  { idleMs = IDLE_MS, mode = 'disks' }: { idleMs?: number; mode?: HelperMode } = {},
): HelperDoor {
  const stop = new AbortController()
  let current: Promise<HelperClient> | null = null
  let users = 0
  let idle: NodeJS.Timeout | undefined

  function start(): Promise<HelperClient> {
    if ('problem' in command) return Promise.reject(new Error(command.problem))
    const started = HelperClient.start({ ...command, signal: stop.signal }).catch((error: unknown) => {
      if (!(error instanceof HelperError) || error.code !== 'no-helper') throw error
      throw new HelperError('no-helper', explainElevation(error.message, mode), error)
    })
    watch(started)
    return started
  }

  function watch(started: Promise<HelperClient>): void {
    started.then(
      (client) => client.ended.then(() => forget(started)),
      () => forget(started),
    )
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
    get problem() {
      return current === null && 'problem' in command ? command.problem : null
    },
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
    fromTerminal({ node, helper }) {
      const dir = mkdtempSync(join(tmpdir(), 'bty-rights-'))
      const args = [helper, '--elevate', 'terminal', '--at', dir]
      const started = HelperClient.start({ command: node, args, signal: stop.signal })
      watch(started)
      started.then(
        async (client) => {
          if (users > 0) return client.close() // the one at work goes on
          await end()
          current = started
          idle = setTimeout(() => void end(), idleMs)
          idle.unref()
        },
        () => undefined, // nobody answered the question
      )
      return [node, helper, '--connect', join(dir, 'socket'), '--token-file', join(dir, 'token')]
    },
    async close() {
      clearTimeout(idle)
      stop.abort()
      await end()
    },
  }
}
