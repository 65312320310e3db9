import type { HelperClient } from '../../flasher/helper/client.ts'
import type { Log } from '../deps.ts'
import type { Datagrams } from '../netboot/datagrams.ts'
import type { LowPorts } from '../netboot/low-ports.ts'
import { DeskError } from './error.ts'
import type { HelperDoor } from './helper-door.ts'

export interface AllowedPorts extends LowPorts {
  /** Asks the operator for rights; how it ended is in `state` and `problem`. @throws {DeskError} where there is no helper. */
  allow(): void
  /** Lets the helper go, and the ports with it. */
  close(): Promise<void>
}

/**
 * Keeps the helper for as long as it is there: a helper with ports open is never idle. `onChange` is called when ports can be had, or
 * no more.
 */
export function lowPorts(door: HelperDoor, log: Log, onChange: () => void): AllowedPorts {
  let state: LowPorts['state'] = 'off'
  let problem: string | null = null
  let current: HelperClient | null = null
  let closing = false

  async function hold(): Promise<void> {
    try {
      await door.use(async (helper) => {
        current = helper
        state = 'on'
        onChange()
        problem = `The ports were closed: ${await helper.ended}.`
      })
    } catch (error) {
      problem = (error as Error).message
    }
    current = null
    state = 'off'
    if (closing) return
    log.warn(`UDP ports 67 and 69 by the helper: ${problem}`)
    onChange()
  }

  return {
    get state() {
      return state
    },
    get problem() {
      return problem
    },
    get offered() {
      return door.problem === null
    },
    allow() {
      if (door.problem !== null) throw new DeskError(503, door.problem)
      if (state !== 'off' || closing) return
      state = 'asking'
      problem = null
      void hold()
    },
    async open({ address, port, onDatagram, onError, onLost }): Promise<Datagrams> {
      if (current === null) throw new Error('the helper is gone')
      const hearing = { onDatagram, onGone: onLost }
      const socket = await current.listen({ address, port }, hearing).catch((error: Error) => {
        // The helper tells the system's code in front, as the caller would have got it.
        const code = /^E[A-Z]+\b/.exec(error.message)?.[0]
        throw Object.assign(error, code === undefined ? { port } : { code, port })
      })
      return {
        port,
        send: (bytes, to, done) => {
          socket.send(bytes, to).then(
            () => done?.(null),
            (error: Error) => (done ?? onError)(error),
          )
        },
        close: () => socket.close(),
      }
    },
    async close() {
      closing = true
      await door.close()
    },
  }
}
