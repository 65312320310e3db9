/** The whole console of a user without rights, in a network namespace, with a pkexec that asks this test. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { NetbootState, Readiness } from '../../server/api/index.ts'

const ROOT = join(import.meta.dirname, '../..')
const HELPER = join(ROOT, 'flasher/bin/bty-helper.ts')
const NOBODY = 65_534
/** A user like any other, but for reading: the folder of a clone may be root's alone. */
const AS_USER = [
  ...['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
  ...['--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search'],
]
const run = promisify(execFile)

export interface UserConsole {
  process: ChildProcess
  /** The one-time link, good until something is asked. */
  link: URL
  /** What the operator says when asked for a password, from now on. */
  consent: boolean
  /** Arguments of each question, in order. */
  questions: string[][]
  /** The helper that was started last. */
  helper: ChildProcess | null
  /** Lines of the log. */
  log: string[]
  /** Asks a route with a session of this machine: status and body. */
  ask<T>(path: string, method?: string): Promise<{ status: number; body: T }>
  /** The state of netboot, once it fits. */
  until(fits: (state: NetbootState) => boolean): Promise<NetbootState>
  readiness(id: string): Promise<Readiness['rows'][number]>
  close(): Promise<void>
}

/** `dir` is a folder that every user may enter. */
export async function startUserConsole(
  namespace: string,
  dir: string,
  env: Record<string, string>,
): Promise<UserConsole> {
  const inside = (...command: string[]) => ['netns', 'exec', namespace, ...command]
  const [state, bin, socket] = ['state', 'bin', 'root'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [state, bin]) mkdirSync(path)
  chownSync(state, NOBODY, NOBODY)
  const asking = join(import.meta.dirname, 'ask-root.ts')
  writeFileSync(join(bin, 'pkexec'), `#!/bin/sh\nexec '${process.execPath}' '${asking}' '${socket}' "$@"\n`, {
    mode: 0o755,
  })

  const root = createServer((client) => void answer(client))
  await once(root.listen(socket), 'listening')
  chmodSync(socket, 0o666)

  async function answer(client: Socket): Promise<void> {
    client.on('error', () => undefined)
    const [line] = (await once(client, 'data')) as [Buffer]
    console_.questions.push(JSON.parse(line.toString()) as string[])
    if (!console_.consent) return void client.end('-')
    const mode = console_.questions.at(-1)!.at(-1)!
    const helper = spawn('ip', inside(process.execPath, HELPER, mode), { stdio: ['pipe', 'pipe', 'inherit'] })
    console_.helper = helper
    helper.stdin.on('error', () => undefined)
    client.write('+')
    client.pipe(helper.stdin)
    helper.stdout.pipe(client)
    helper.once('close', () => client.destroy())
  }

  const clean = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('BTY_') && name !== 'INVOCATION_ID',
  )
  const flags = ['--state-dir', state, '--config', join(dir, 'none'), '--port', '0']
  const child = spawn('ip', inside(...AS_USER, process.execPath, join(ROOT, 'server/main.ts'), ...flags), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(clean), ...env, PATH: `${bin}:${process.env['PATH']}`, HOME: state },
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const url = await new Promise<URL>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('open ')) resolve(new URL(line.slice('open '.length)))
    })
    child.once('exit', (code) => reject(new Error(`the console ended with ${code}: ${log.join('\n')}`)))
  })
  const jar = join(dir, 'cookies')
  const curl = (...args: string[]) =>
    run('ip', inside('curl', '-sS', '-m', '30', '-b', jar, '-c', jar, ...args), { maxBuffer: 1 << 24 })
  let opened = false

  const console_: UserConsole = {
    process: child,
    link: url,
    consent: true,
    questions: [],
    helper: null,
    log,
    async ask(path, method = 'GET') {
      if (!opened) await curl('-o', '/dev/null', url.href)
      opened = true
      const { stdout } = await curl(
        '-X',
        method,
        '-H',
        `Origin: ${url.origin}`,
        '-w',
        '\n%{http_code}',
        new URL(path, url).href,
      )
      const at = stdout.lastIndexOf('\n')
      return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at)) }
    },
    async until(fits) {
      for (;;) {
        const { body } = await console_.ask<NetbootState>('/api/netboot')
        if (fits(body)) return body
      }
    },
    async readiness(id) {
      const { body } = await console_.ask<Readiness>('/api/readiness')
      return body.rows.find((row) => row.id === id)!
    },
    async close() {
      root.close()
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
  return console_
}
