/**
 * `npm run bench [-- name...] [--json]`: benchmarks beside a peer in the same run. Figures, never assertions: a missed
 * target is printed as it is.
 */
import '../../build/node-version.ts'
import { parseArgs } from 'node:util'

export interface Row {
  label: string
  value: number
  unit: string
  /** What the figure should reach, in words. */
  target?: string
  met?: boolean
}
export interface Result {
  name: string
  rows: Row[]
}
export interface BenchOptions {
  json: boolean
  log: (line: string) => void
}

const BENCHES: Record<string, () => Promise<{ run: (options: BenchOptions) => Promise<Result> }>> = {
  pxe: () => import('./pxe.ts'),
  flash: () => import('./flash.ts'),
  boot: () => import('./boot.ts'),
  media: () => import('./media.ts'),
  tftp: () => import('./tftp.ts'),
  cache: () => import('./cache.ts'),
  fleet: () => import('./fleet.ts'),
  start: () => import('./start.ts'),
  console: () => import('./console.ts'),
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } })
const json = values.json ?? false
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
const unknown = names.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}

const results: Result[] = []
for (const name of names) {
  const log = (line: string): void => console.error(`${name}: ${line}`)
  const result = await (await BENCHES[name]!()).run({ json, log })
  results.push(result)
  if (!json) print(result)
}
if (json) console.log(JSON.stringify(results, null, 2))

function print({ name, rows }: Result): void {
  const width = Math.max(...rows.map((row) => row.label.length))
  for (const { label, value, unit, target, met } of rows) {
    const figure = Number.isInteger(value) ? String(value) : value.toPrecision(4)
    const verdict = target === undefined ? '' : `  (${met === true ? 'met' : 'missed'}: ${target})`
    console.log(`${name}  ${label.padEnd(width)}  ${figure} ${unit}${verdict}`)
  }
}
