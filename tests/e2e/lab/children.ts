/** Child processes of one lab. Each is ended by its own id; nobody else's process is ever looked for. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Readable } from 'node:stream'

export type Child = ChildProcessByStdio<null, Readable, Readable>

export interface Children {
  /** Starts a program; what it prints goes to `<logDir>/<name>.log` too. */
  start(name: string, command: string[], env?: Record<string, string>): Child
  /** Ends all that still run, the youngest first; resolves when they are gone. */
  close(): Promise<void>
}

/** `logDir`: where each child's output is kept. */
export function startChildren(logDir: string): Children {
  const running = new Set<Child>()
  const killAll = (): void => {
    for (const child of running) child.kill('SIGKILL')
  }
  // A test runner that ends early must not leave a machine behind.
  process.on('exit', killAll)
  return {
    start(name, [program, ...args], env = {}) {
      const child = spawn(program!, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      })
      running.add(child)
      child.once('close', () => running.delete(child))
      child.once('error', () => running.delete(child))
      const log = createWriteStream(`${logDir}/${name}.log`, { flags: 'a' })
      child.stdout.pipe(log, { end: false })
      child.stderr.pipe(log, { end: false })
      child.once('close', () => log.end())
      return child
    },
    async close() {
      for (const child of [...running].reverse()) await endChild(child)
      process.off('exit', killAll)
    },
  }
}

const TERM_LIMIT_MS = 10_000

/** SIGTERM, and SIGKILL when that is not heeded within 10 s. */
export async function endChild(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  const stubborn = setTimeout(() => child.kill('SIGKILL'), TERM_LIMIT_MS)
  await closed
  clearTimeout(stubborn)
}

const START_LIMIT_MS = 60_000

/** Resolves once the child has printed `text`; rejects with all it has printed when it ends before, or after a minute. */
export function says(child: Child, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = ''
    const fail = (why: string): void =>
      reject(new Error(`${child.spawnargs.join(' ')} ${why}: ${seen.slice(-2000)}`))
    const limit = setTimeout(() => fail(`did not say "${text}" in ${START_LIMIT_MS} ms`), START_LIMIT_MS)
    const look = (chunk: Buffer): void => {
      seen += chunk.toString()
      if (!seen.includes(text)) return
      clearTimeout(limit)
      resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('error', (error) => fail(error.message))
    child.once('close', (code) => {
      clearTimeout(limit)
      fail(`ended with ${code}`)
    })
  })
}
