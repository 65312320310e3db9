/**
 * Netboot of a console without the right to ports 67 and 69, in the network namespace that it is started in. Its helper comes from a terminal:
 * `terminal` prints the command to run there. Ends with its input.
 */
import { helperDoor } from '../../server/desk/helper-door.ts'
import { lowPorts } from '../../server/desk/low-ports.ts'
import { startNetboot } from '../../server/netboot/start.ts'
import { createTrace } from '../../server/netboot/trace.ts'

const settings = new Map<string, string | null>()
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: console.error }
const [helper = '', options = ''] = process.argv.slice(2)

const door = helperDoor({ problem: 'no pkexec here' })
const low = lowPorts(door, log, () => netboot?.look())
const netboot = await startNetboot({
  enabled: true,
  settings: { get: (key) => settings.get(key) ?? null, set: (key, value) => void settings.set(key, value) },
  trace: createTrace({ now: Date.now }),
  log,
  now: Date.now,
  lowPorts: low,
  ...JSON.parse(options),
})

const commands: Record<string, () => unknown> = {
  state: () => netboot.state(),
  terminal: () => door.fromTerminal({ node: process.execPath, helper }),
  problem: () => door.problem,
  allow() {
    try {
      low.allow()
      return null
    } catch (error) {
      return (error as Error).message
    }
  },
}

console.log('"ready"')
process.stdin.setEncoding('utf8').on('data', (lines: string) => {
  for (const line of lines.trim().split('\n')) console.log(JSON.stringify(commands[line]!()))
})
process.stdin.on('end', async () => {
  await netboot.close()
  await door.close()
})
