import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { openChannel } from './channel.ts'
import { type Elevation, launchFor } from './launch.ts'

export interface ElevateOptions {
  kind: Elevation
  /** Node and the helper's file, as they are started again. */
  program: readonly string[]
  /** Folder of the channel; a new one when absent. Somebody else starts the helper: told by a line on `ready`. */
  at?: string
  input: Readable
  output: Writable
  signal: AbortSignal
  launch?: typeof launchFor
}

/**
 * Stands between a client and a helper with rights: has the system start that helper, and carries what both say. Ends when
 * either end does. Throws with the system's own words when it started none.
 */
export async function elevate(options: ElevateOptions): Promise<void> {
  const { kind, program, at, input, output, signal, launch = launchFor } = options
  const dir = at ?? mkdtempSync(join(tmpdir(), 'bty-helper-'))
  const channel = await openChannel(dir)
  try {
    const args = ['--connect', channel.path, '--token-file', channel.tokenFile]
    const command = launch(kind, [...program, ...args])
    const failed = command === null ? null : launching(command.command, command.args)
    const gone = once(input, 'end').then(() => null) // the client does not want it any more
    const stopped = once(signal, 'abort').then(() => null)
    const helper = await Promise.race([channel.joined, ...(failed === null ? [] : [failed]), gone, stopped])
    if (helper !== null) await carry(helper, input, output, signal)
  } finally {
    channel.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Rejects when the launcher fails. One that succeeds has only begun: the helper comes by the channel. */
function launching(command: string, args: readonly string[]): Promise<never> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  return new Promise((_, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code !== 0) reject(new Error(said.trim() || `${command} ended with ${code}`))
    })
  })
}

async function carry(helper: Socket, input: Readable, output: Writable, signal: AbortSignal): Promise<void> {
  input.on('end', () => helper.end())
  signal.addEventListener('abort', () => helper.destroy(), { once: true })
  input.pipe(helper, { end: false })
  helper.pipe(output, { end: false })
  input.resume()
  await once(helper, 'close')
}
