import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'

/** A child in a network namespace that talks in lines of JSON. */
export interface Child {
  send(line: string): void
  /** The next line it prints; rejects when it ends first. */
  next(): Promise<unknown>
  stop(): Promise<void>
}

/** `through`: a command that starts it with less rights. */
export function nodeIn(namespace: string, script: URL, args: string[] = [], through: string[] = []): Child {
  const command = [...through, process.execPath, script.pathname, ...args]
  const child = spawn('ip', ['netns', 'exec', namespace, ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const iterator = lines[Symbol.asyncIterator]()
  return {
    send: (line) => void child.stdin.write(`${line}\n`),
    async next() {
      const { value, done } = await iterator.next()
      if (done) throw new Error(`${script.pathname} has ended`)
      return JSON.parse(value)
    },
    stop: () => ended(child, lines),
  }
}

async function ended(child: ChildProcess, lines: Interface): Promise<void> {
  lines.close()
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.stdin!.end()
  await exit
}
