import { deepEqual, equal, match } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../harness/temp.ts'
import { VERSION } from '../../server/version.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'server', 'main.ts')

function run(t: TestContext, args: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: CLEAN })
  t.after(() => child.kill('SIGKILL'))
  return child
}

const CLEAN = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('BTY_') && name !== 'INVOCATION_ID'),
)

async function ended(child: ChildProcess): Promise<{ status: number; out: string; err: string }> {
  const [out, err, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  return { status: status as number, out, err }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}

const flags = (dir: string, port = '0') => [
  '--state-dir',
  dir,
  '--config',
  join(dir, 'none'),
  '--no-netboot',
  '--port',
  port,
]

test('it says where it answers, answers there, and ends on SIGTERM with 0', async (t) => {
  const dir = tempDir(t)
  const child = run(t, flags(dir))
  const err = text(child.stderr!)
  const lines: string[] = []
  for await (const line of createInterface(child.stdout!)) {
    lines.push(line)
    if (!line.startsWith('open ')) continue
    const [, url] = /^listening on (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(lines[0]!)!
    deepEqual(await (await fetch(`${url}healthz`)).json(), { status: 'ok' })
    deepEqual(await (await fetch(`${url}version`)).json(), { version: VERSION })
    match(line, new RegExp(`^open ${url}ui/open\\?token=\\S{20,}$`))

    const second = await ended(run(t, flags(dir)))
    equal(second.status, 1)
    match(second.err, new RegExp(`in use by process ${child.pid} `))
    child.kill('SIGTERM')
  }
  const [status] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
  equal(status, 0)
  match(await err, /the operator password is the default one/)
})

test('a taken port is told with its number', async (t) => {
  const taken = createServer().listen(0, '0.0.0.0')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const { status, err } = await ended(run(t, flags(tempDir(t), String(port))))
  deepEqual(
    [status, err.includes(`cannot listen on 0.0.0.0:${port}: another program listens there`)],
    [1, true],
  )
})

const USAGE: [args: string[], status: number, says: RegExp][] = [
  [['--port', 'http'], 2, /server\.port from flag\(--port\) is "http"; a whole number is wanted/],
  [['--port', '65536'], 2, /from flag\(--port\) is 65536; ports are 1 to 65535/],
  [['--nonsense'], 2, /Unknown option '--nonsense'/],
  [['--version'], 0, new RegExp(`^${VERSION}\n$`)],
  [['--help'], 0, /--state-dir DIR/],
]
for (const [args, status, says] of USAGE)
  test(`${args.join(' ')} ends with ${status}`, async (t) => {
    const result = await ended(run(t, args))
    equal(result.status, status)
    match(result.out + result.err, says)
  })
