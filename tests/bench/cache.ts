/** `bench cache`: 16 clients pull one image, cold and warm, beside nginx serving the same file to the same clients. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { randomBytes } from 'node:crypto'
import { ensurePackages } from '../../build/packages.ts'
import { cachePath } from '../../server/cache/key.ts'
import { startNginx, type Nginx } from '../harness/nginx.ts'
import type { BenchOptions, Result, Row } from './main.ts'

const CLIENTS = 16
const SIZE = Number(process.env['BENCH_CACHE_MIB'] ?? 1024) * 1024 * 1024
const MiB = 1024 * 1024
const PASSWORD = 'bench-password'
const TARGET_SHARE = 0.8
const TARGET_RSS_MIB = 200

export async function run({ log }: BenchOptions): Promise<Result> {
  if (!ensurePackages(['curl', 'nginx-light'], log)) throw new Error('curl and nginx are needed')
  const dir = await mkdtemp(join(tmpdir(), 'bty-bench-cache-'))
  let nginx: Nginx | null = null
  let server: Server | null = null
  try {
    await mkdir(join(dir, 'root'))
    writeNoise(join(dir, 'root', 'image.img'), SIZE)
    nginx = await startNginx(join(dir, 'nginx'), join(dir, 'root'))
    server = await startServer(dir)
    const src = `${nginx.url}/image.img`
    await addImage(server, src)
    log(`${CLIENTS} curl processes, ${SIZE / MiB} MiB each`)
    await pull(src) // the file is in the page cache for all that follows
    const peerBefore = await pull(src)
    const asked = nginx.log().length
    const cold = await pull(server.url + cachePath(src))
    const coldRss = peakRssMiB(server.child.pid!)
    const originBytes = nginx
      .log()
      .slice(asked)
      .reduce((sum, { bytes }) => sum + bytes, 0)
    const warm = await pull(server.url + cachePath(src))
    const rss = peakRssMiB(server.child.pid!)
    const peer = (peerBefore + (await pull(src))) / 2
    return { name: 'cache', rows: rowsOf({ cold, warm, peer, coldRss, rss, originBytes }) }
  } finally {
    server?.child.kill('SIGTERM')
    if (server !== null && server.child.exitCode === null) await once(server.child, 'exit')
    await nginx?.close()
    await rm(dir, { recursive: true, force: true })
  }
}

function rowsOf(f: {
  cold: number
  warm: number
  peer: number
  coldRss: number
  rss: number
  originBytes: number
}): Row[] {
  const mibs = (bytesPerS: number) => Math.round(bytesPerS / MiB)
  const share = (value: number) => ({
    value: value / f.peer,
    unit: 'of nginx',
    target: `${TARGET_SHARE} of nginx`,
    met: value / f.peer >= TARGET_SHARE,
  })
  const under = (value: number) => ({
    value: Math.round(value),
    unit: 'MiB',
    target: `under ${TARGET_RSS_MIB} MiB`,
    met: value < TARGET_RSS_MIB,
  })
  return [
    { label: 'nginx to the same clients, all together', value: mibs(f.peer), unit: 'MiB/s' },
    { label: 'cold, while it arrives, all together', value: mibs(f.cold), unit: 'MiB/s' },
    { label: 'cold, share', ...share(f.cold) },
    {
      label: 'bytes asked of the origin',
      value: f.originBytes / SIZE,
      unit: 'x the image',
      target: '1.00x',
      met: f.originBytes === SIZE,
    },
    { label: 'warm, all together', value: mibs(f.warm), unit: 'MiB/s' },
    { label: 'warm, share', ...share(f.warm) },
    { label: 'peak memory of the server, cold', ...under(f.coldRss) },
    { label: 'peak memory of the server, cold and warm', ...under(f.rss) },
  ]
}

/** Bytes a second that all clients get together. */
async function pull(url: string): Promise<number> {
  const started = performance.now()
  const clients = Array.from({ length: CLIENTS }, () =>
    spawn('curl', ['-sS', '--fail', '-o', '/dev/null', '-w', '%{size_download}', url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const sizes = await Promise.all(
    clients.map(async (client) => {
      let text = ''
      client.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
      const [code] = (await once(client, 'close')) as [number]
      if (code !== 0) throw new Error(`curl ended with ${code} after ${text} bytes`)
      return Number(text)
    }),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes !== SIZE * CLIENTS)
    throw new Error(`the clients got ${bytes} bytes; ${SIZE * CLIENTS} were expected`)
  return bytes / ((performance.now() - started) / 1000)
}

interface Server {
  child: ChildProcess
  url: string
}

async function startServer(dir: string): Promise<Server> {
  const main = join(import.meta.dirname, '..', '..', 'server', 'main.js')
  const args = ['--host', '127.0.0.1', '--port', '0', '--state-dir', join(dir, 'state'), '--no-netboot']
  const env = { ...process.env, BTY_ADMIN_PASSWORD: PASSWORD, BTY_CACHE_MAX_BYTES: '20G' }
  const child = spawn(process.execPath, [main, ...args, '--config', join(dir, 'none')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+?)\/?$/.exec(line)?.[1]
    if (url !== undefined) return { child, url }
  }
  throw new Error('the server ended before it listened')
}

async function addImage({ url }: Server, src: string): Promise<void> {
  const json = { 'content-type': 'application/json' }
  const signIn = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ password: PASSWORD }),
  })
  const cookie = signIn.headers.getSetCookie()[0]!.split(';')[0]!
  const added = await fetch(`${url}/catalog/entries`, {
    method: 'POST',
    headers: { ...json, cookie },
    body: JSON.stringify({ image_url: src }),
  })
  if (added.status !== 201)
    throw new Error(`adding the image answered ${added.status}: ${await added.text()}`)
}

function writeNoise(path: string, bytes: number): void {
  const block = randomBytes(MiB)
  const file = openSync(path, 'w')
  for (let at = 0; at < bytes; at += MiB) {
    block.writeUInt32LE(at / MiB)
    writeSync(file, block)
  }
  closeSync(file)
}

function peakRssMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}
