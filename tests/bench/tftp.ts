/** `bench tftp`: a boot program and a large file, ours beside dnsmasq's and tftpd-hpa's servers, same client and options. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ensurePackages } from '../../build/packages.ts'
import type { BenchOptions, Result, Row } from './main.ts'
import type { Load, LoadResult } from './tftp-load.ts'

const MIB = 1024 * 1024
const PORT = 69 // dnsmasq knows no other
const LIMIT_MS = 60_000
const FILES = [
  { name: 'snponly.efi', warmUps: 40, runs: 41 },
  { name: 'large.img', warmUps: 1, runs: 3 },
] as const
const TERMS: Record<string, string>[] = [
  { blksize: '512' },
  { blksize: '1468' },
  ...['4', '16', '64'].map((windowsize) => ({ blksize: '1468', windowsize })),
]

interface Server {
  name: string
  command: (dir: string) => string[]
}
const SERVERS: Server[] = [
  {
    name: 'ours',
    command: (dir) => [process.execPath, join(import.meta.dirname, 'tftp-server.ts'), `${PORT}`, dir],
  },
  {
    name: 'dnsmasq',
    command: (dir) => [
      ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root'],
      ...['--pid-file', '--enable-tftp', `--tftp-root=${dir}`],
    ],
  },
  {
    name: 'tftpd-hpa',
    command: (dir) => [
      'in.tftpd',
      '--foreground',
      '--ipv4',
      '--address',
      `127.0.0.1:${PORT}`,
      '--secure',
      dir,
    ],
  },
]

export async function run({ log }: BenchOptions): Promise<Result> {
  const result: Result = { name: 'tftp', rows: [] }
  if (process.getuid?.() !== 0) {
    log('not measured: port 69 and a network namespace need root')
    return result
  }
  const peers = ensurePackages(['dnsmasq-base', 'tftpd-hpa', 'iproute2'], log)
  const dir = mkdtempSync(join(tmpdir(), 'bty-bench-tftp-'))
  const namespace = `btytftp${process.pid}`
  execFileSync('chmod', ['755', dir]) // tftpd-hpa reads as nobody
  execFileSync('ip', ['netns', 'add', namespace])
  try {
    const ip = (...args: string[]) => execFileSync('ip', ['-n', namespace, ...args])
    ip('link', 'set', 'lo', 'up')
    // tftpd-hpa resolves its address only on a host that has one beside loopback.
    ip('link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan1')
    ip('addr', 'add', '192.0.2.1/24', 'dev', 'lan0')
    ip('link', 'set', 'lan0', 'up')
    copyFileSync(
      join(import.meta.dirname, '..', '..', 'dist', 'ipxe', 'snponly.efi'),
      join(dir, 'snponly.efi'),
    )
    writeFileSync(join(dir, 'large.img'), randomFillSync(Buffer.allocUnsafe(64 * MIB)))
    const rates = new Map<string, number>()
    for (const server of peers ? SERVERS : SERVERS.slice(0, 1)) {
      const child = spawn('ip', ['netns', 'exec', namespace, ...server.command(dir)], {
        stdio: ['pipe', 'ignore', 'inherit'],
      })
      try {
        for (const { name, ...turns } of FILES)
          for (const options of TERMS) {
            const load = { port: PORT, name, sizeBytes: statSync(join(dir, name)).size, options, ...turns }
            const rate = await measure(namespace, load)
            if (rate === null) continue
            log(`${server.name} ${name} ${describe(options)}: ${rate.toFixed(1)} MiB/s`)
            rates.set(`${server.name} ${name} ${describe(options)}`, rate)
          }
      } finally {
        await stop(child)
      }
    }
    for (const { name } of FILES)
      for (const options of TERMS) result.rows.push(...rowsOf(rates, name, options))
    return result
  } finally {
    execFileSync('ip', ['netns', 'del', namespace])
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Median in MiB a second; null where the server does not know an option. */
async function measure(namespace: string, load: Load): Promise<number | null> {
  const client = spawn(
    'ip',
    [
      'netns',
      'exec',
      namespace,
      process.execPath,
      join(import.meta.dirname, 'tftp-load.ts'),
      JSON.stringify(load),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS },
  )
  let text = ''
  client.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
  const [code] = (await once(client, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${load.name} ${describe(load.options)}: the client ended with ${code}`)
  const { milliseconds, agreed } = JSON.parse(text) as LoadResult
  if (Object.entries(load.options).some(([name, value]) => agreed[name] !== value)) return null
  const median = milliseconds.toSorted((a, b) => a - b)[Math.floor(milliseconds.length / 2)]!
  return load.sizeBytes / MIB / (median / 1000)
}

function rowsOf(rates: Map<string, number>, name: string, options: Record<string, string>): Row[] {
  const of = (server: string) => rates.get(`${server} ${name} ${describe(options)}`)
  const label = (server: string) => `${name}, ${describe(options)}, ${server}`
  const peers = SERVERS.slice(1).flatMap(({ name: server }) => {
    const rate = of(server)
    return rate === undefined ? [] : [{ label: label(server), value: rate, unit: 'MiB/s' }]
  })
  const ours = of('ours')
  if (ours === undefined) return peers
  const own: Row = { label: label('ours'), value: ours, unit: 'MiB/s' }
  if (peers.length === 0) return [own]
  const best = Math.max(...peers.map(({ value }) => value))
  return [{ ...own, target: 'at least as fast as either peer', met: ours >= best }, ...peers]
}

function describe(options: Record<string, string>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(' ')
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await Promise.race([ended, delay(5000, undefined, { ref: false })])
}
