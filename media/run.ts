import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'

export interface RunOptions {
  cwd?: string
  env?: Record<string, string | undefined>
  stdin?: string
  /** Of the output; UTF-8 unless told. */
  encoding?: BufferEncoding
  signal?: AbortSignal
}

/** Runs a program to its end and returns its standard output. A failure names the program, its code and its last lines. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe']
  const child = spawn(command, args, {
    stdio,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    env: { ...process.env, LC_ALL: 'C', ...options.env },
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk))
  // A program may end without reading what it was given; its exit code tells whether that matters.
  child.stdin!.on('error', () => {})
  child.stdin!.end(options.stdin ?? '')
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Error(`cannot run ${command}: ${error.message}`, { cause: error })),
    )
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
  if (code !== 0) {
    const text = Buffer.concat(err).toString() || Buffer.concat(out).toString()
    throw new Error(`${command} ${args[0] ?? ''} ended with ${code}: ${lastLines(text, 6)}`)
  }
  return Buffer.concat(out).toString(options.encoding)
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join(' | ')
}
