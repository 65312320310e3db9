/** `bench start`: time until the server of a large fleet answers, beside a bare HTTP server of the same runtime. */
import {
  EVENTS,
  fleetState,
  MACHINES,
  removeState,
  startFleetServer,
  startProcess,
  warmedStart,
} from './fleet-state.ts'
import type { BenchOptions, Result } from './main.ts'

const RUNS = 3
const BARE = `const server = require('node:http').createServer((request, answer) => answer.end('ok'))
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))`

export async function run({ log }: BenchOptions): Promise<Result> {
  log(`${MACHINES} machines, ${EVENTS} events, ${RUNS} starts each`)
  const dir = await fleetState()
  try {
    const { coldMs } = await warmedStart(dir)
    const ours: number[] = []
    const bare: number[] = []
    for (let i = 0; i < RUNS; i++) {
      for (const [times, start] of [
        [ours, () => startFleetServer(dir)],
        [bare, () => startProcess(['-e', BARE])],
      ] as const) {
        const server = await start()
        times.push(server.readyMs)
        await server.stop()
      }
    }
    const what = 'from spawn to the first 200 of /healthz, median'
    return {
      name: 'start',
      rows: [
        { label: 'the server without compiled code, once', value: Math.round(coldMs), unit: 'ms' },
        { label: `the server, ${what}`, value: Math.round(median(ours)), unit: 'ms' },
        { label: `bare node:http, ${what}`, value: Math.round(median(bare)), unit: 'ms' },
      ],
    }
  } finally {
    await removeState(dir)
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
