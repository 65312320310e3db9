import { deepEqual, equal, match, throws } from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { HelperCommand } from './helper-command.ts'
import { helperDoor } from './helper-door.ts'
import { lowPorts } from './low-ports.ts'

const HELPER = join(import.meta.dirname, '../../flasher/bin/bty-helper.ts')
const IDLE_MS = 10

function portsBy(command: HelperCommand | { problem: string }) {
  const warned: string[] = []
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: (line: string) => void warned.push(line), error: quiet }
  let changed = Promise.withResolvers<void>()
  const ports = lowPorts(helperDoor(command, { idleMs: IDLE_MS, mode: 'low-ports' }), log, () =>
    changed.resolve(),
  )
  /** The state after the next change. */
  const next = async () => {
    await changed.promise
    changed = Promise.withResolvers()
    return ports.state
  }
  return { ports, warned, next }
}

test('the helper stays while ports are allowed, however idle it is, and goes with the console without a word', async () => {
  const { ports, warned, next } = portsBy({ command: process.execPath, args: [HELPER, '--low-ports'] })
  ports.allow()
  equal(ports.state, 'asking')
  equal(await next(), 'on')
  ports.allow() // a second press asks nobody
  await pause(10 * IDLE_MS)
  deepEqual([ports.state, ports.problem], ['on', null])
  await ports.close()
  deepEqual([ports.state, warned], ['off', []])
  ports.allow()
  equal(ports.state, 'off', 'nothing begins after the end')
})

const failures: [what: string, script: string, problem: RegExp][] = [
  ['closed', 'echo "Request dismissed" >&2; exit 126', /^The question for the password was closed/],
  ['nobody to ask', 'echo "No authentication agent found." >&2; exit 127', /Run the command/],
  ['an older helper', 'echo "{\\"v\\":1,\\"kind\\":\\"hello\\"}"; cat', /install both from the same release/],
  ['ended while it was asked', 'kill -9 $$', /it ended with SIGKILL/],
]
for (const [what, script, problem] of failures)
  test(`${what}: told, and asked again at the next press`, async () => {
    const { ports, warned, next } = portsBy({ command: '/bin/sh', args: ['-c', script] })
    for (let n = 1; n <= 2; n++) {
      ports.allow()
      equal(await next(), 'off')
      match(ports.problem!, problem)
      equal(warned.length, n)
    }
    await ports.close()
  })

test('where nobody can be asked it is not offered, and says why', () => {
  const { ports } = portsBy({ problem: 'Nobody here.' })
  equal(ports.offered, false)
  throws(() => ports.allow(), { status: 503, message: 'Nobody here.' })
})
