/** `bty-console show-config`: every key, its value and where that comes from; secrets are masked. */
import { MASK } from '../config/check.ts'
import { type Key, type KeyInfo, KEYS } from '../config/keys.ts'
import type { CommandInput } from './commands.ts'

export function run({ args, config, print, json }: CommandInput): Promise<number> {
  if (args.length > 0) throw new Error(`show-config takes no words; got ${args.join(' ')}`)
  const rows = (Object.keys(KEYS) as Key[]).map((key) => {
    const info: KeyInfo = KEYS[key]
    const value = config.values[key]
    return { key, value: info.secret && value !== '' ? MASK : value, source: config.sources[key] }
  })
  if (json) print(JSON.stringify(rows, null, 2))
  else
    for (const line of columns(rows.map(({ key, value, source }) => [key, shown(value), source]))) print(line)
  return Promise.resolve(0)
}

function shown(value: string | number | boolean): string {
  return value === '' ? '-' : String(value)
}

function columns(rows: string[][]): string[] {
  const all = [['KEY', 'VALUE', 'SOURCE'], ...rows]
  const width = (column: number) => Math.max(...all.map((row) => row[column]!.length))
  const [first, second] = [width(0), width(1)]
  return all.map(([key, value, source]) => `${key!.padEnd(first)}  ${value!.padEnd(second)}  ${source}`)
}
