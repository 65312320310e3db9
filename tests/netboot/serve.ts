/** Runs netboot in the network namespace that it is started in: `node serve.ts '<options as JSON>'`. Ends with its input. */
import { startNetboot } from '../../server/netboot/start.ts'
import { createTrace } from '../../server/netboot/trace.ts'

const settings = new Map<string, string | null>()
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: console.error, error: console.error }
const trace = createTrace({ now: Date.now })

const netboot = await startNetboot({
  enabled: true,
  settings: { get: (key) => settings.get(key) ?? null, set: (key, value) => void settings.set(key, value) },
  trace,
  log,
  now: Date.now,
  ...JSON.parse(process.argv[2]!),
})

const commands: Record<string, (argument: string) => unknown> = {
  state: () => netboot.state(),
  answer: (network) => (netboot.answer(network, 'on'), null),
  trace: (mac) => trace.entries(mac),
}

console.log('"ready"')
process.stdin.setEncoding('utf8').on('data', (lines: string) => {
  for (const line of lines.trim().split('\n')) {
    const [word, argument = ''] = line.split(' ')
    console.log(JSON.stringify(commands[word!]!(argument)))
  }
})
process.stdin.on('end', () => netboot.close())
