import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { FlashError } from '../errors.ts'
import type { FlashCode } from '../errors.ts'

/** A program that unpacks its standard input to its standard output. */
export interface UnpackTool {
  command: string
  args: readonly string[]
  /** What it unpacks, for messages: `xz`. */
  packing: string
  /** What its last words mean; `corrupt` when none of them is known. */
  judge: readonly [words: RegExp, code: FlashCode, meaning: string][]
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const MAX_WORDS = 4096

/**
 * The chunks, unpacked by a program of this machine. It has ended when this generator has, however that ends. Each
 * chunk that goes in has been taken before the next is asked for. Throws FlashError, and what the chunks throw.
 */
export async function* throughTool(tool: UnpackTool, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
  const child = spawn(tool.command, tool.args, { stdio: ['pipe', 'pipe', 'pipe'], env })
  const closed = once(child, 'close') as Promise<[code: number | null, signal: string | null]>
  closed.catch(() => {}) // told where it is awaited
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-MAX_WORDS)
  })
  const feeding = feed(child, chunks)
  feeding.catch(() => child.kill('SIGKILL'))
  try {
    yield* child.stdout as AsyncIterable<Buffer>
    const [code, signal] = await closed
    const problem = problemOf(tool, code, signal, words)
    // Whoever stopped feeding because the program was gone has nothing to tell.
    const whole = problem === null ? await feeding : await Promise.race([feeding, null])
    if (problem !== null) throw problem
    if (whole !== true)
      throw new FlashError('corrupt', `the ${tool.packing} stream has garbage behind its end`)
  } finally {
    child.kill('SIGKILL')
    await closed.catch(() => {})
  }
}

/** True when the program took everything; false when it was gone before. Throws what the chunks throw. */
async function feed({ stdin }: Child, chunks: AsyncIterable<Buffer>): Promise<boolean> {
  stdin.on('error', () => {})
  for await (const chunk of chunks) {
    const failed = await new Promise<unknown>((resolve) => stdin.write(chunk, resolve))
    if (failed instanceof Error) return false
  }
  stdin.end()
  return true
}

function problemOf(
  tool: UnpackTool,
  code: number | null,
  signal: string | null,
  words: string,
): FlashError | null {
  const said = words.trim().replaceAll(/\s+/g, ' ')
  const known = tool.judge.find(([pattern]) => pattern.test(said))
  if (known !== undefined)
    return new FlashError(known[1], `the ${tool.packing} stream ${known[2]} (${tool.command}: ${said})`)
  if (code === 0) return null
  if (signal !== null) return new FlashError('internal', `${tool.command} was ended by ${signal}: ${said}`)
  return new FlashError(
    'corrupt',
    `the ${tool.packing} stream is damaged (${tool.command} ended with ${code}: ${said})`,
  )
}
