/** `bty` as a script starts it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { IMAGE } from './wizard-bench.ts'
import type { WizardBench } from './wizard-bench.ts'

const BTY = join(import.meta.dirname, '../../flasher/bin/bty.ts')
export type Line = Record<string, unknown> & { event: string }

export interface Ended {
  code: number | null
  lines: Line[]
  stdout: string
  stderr: string
}

/** Starts `bty`; its standard input holds `input` and ends. */
export function start(bench: WizardBench, args: string[], input?: Buffer) {
  const child = spawn(process.execPath, [BTY, ...args], { env: { ...process.env, ...bench.env } })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => {}) // it may end before it has read everything
  child.stdin.end(input)
  const ended = once(child, 'close').then(([code]): Ended => {
    const stdout = Buffer.concat(out).toString()
    const lines = args.includes('--json') && stdout !== '' ? stdout.trim().split('\n') : []
    return {
      code: code as number | null,
      stdout,
      stderr: Buffer.concat(err).toString(),
      lines: lines.map((line) => JSON.parse(line) as Line),
    }
  })
  return { child, ended }
}

/** Runs `bty` to its end. */
export const run = (bench: WizardBench, ...args: string[]) => start(bench, args).ended
export const isFlashed = ({ disk }: WizardBench) => disk.content().subarray(0, IMAGE.length).equals(IMAGE)
