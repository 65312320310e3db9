/** A 2 GiB image, half zeros, from a local origin to a loop device: our pipeline beside curl, sha256sum, zstd and dd. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { noise } from '../../flasher/testing/images.ts'
import type { BenchOptions, Result, Row } from './main.ts'

const MiB = 1024 * 1024
const GiB = 1024 * MiB
const ROUNDS = 2
const MEMORY_LIMIT_MIB = 200

type Contender = 'ours' | 'ours, read back too' | 'curl | tee | dd'
const CONTENDERS: Contender[] = ['ours', 'curl | tee | dd', 'ours, read back too']
const FORMATS = [
  { name: 'image.img.zst', unpack: 'zstd -dc |' },
  { name: 'image.img.gz', unpack: 'gzip -dc |' },
  { name: 'image.img', unpack: '' },
]

export async function run({ log }: BenchOptions): Promise<Result> {
  return { name: 'flash', rows: await measure(2 * GiB, ROUNDS, log) }
}

/** Needs root (loop devices), curl, zstd, gzip and coreutils. `sizeBytes` is a multiple of 16 MiB. */
export async function measure(
  sizeBytes: number,
  rounds: number,
  log: (line: string) => void,
): Promise<Row[]> {
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bty-bench-'))
  let device: string | null = null
  const origin = spawn(process.execPath, [join(import.meta.dirname, 'flash-origin.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [port] = (await once(origin.stdout, 'data')) as [Buffer]
    const script = await bundle(join(dir, 'bundle'))
    log(`making an image of ${sizeBytes / MiB} MiB in ${dir}`)
    const raw = makeImages(dir, sizeBytes)
    device = attach(dir, sizeBytes)
    const rows: Row[] = []
    let peakMiB = 0
    for (const { name, unpack } of FORMATS) {
      const url = `http://127.0.0.1:${port.toString().trim()}/${name}`
      const sha = execFileSync('sha256sum', [join(dir, name)], { encoding: 'utf8' }).slice(0, 64)
      const seconds = new Map<Contender, number>()
      for (let round = 1; round <= rounds; round++)
        for (const contender of CONTENDERS) {
          const started = performance.now()
          if (contender === 'curl | tee | dd') await pipe(url, unpack, sha, device, dir)
          else
            peakMiB = Math.max(
              peakMiB,
              await ours(script, [url, sha, device, contender === 'ours' ? 'no-read-back' : 'read-back']),
            )
          const took = (performance.now() - started) / 1000
          log(`${name}, round ${round}: ${contender} ${took.toFixed(1)} s`)
          seconds.set(contender, Math.min(took, seconds.get(contender) ?? Infinity))
          execFileSync('cmp', ['-n', String(sizeBytes), raw, device])
          execFileSync('blkdiscard', [device])
        }
      rows.push(...rowsOf(name, seconds))
    }
    return [...rows, memoryRow(peakMiB)]
  } finally {
    origin.kill()
    if (device !== null) execFileSync('losetup', ['--detach', device])
    rmSync(dir, { recursive: true })
  }
}

function rowsOf(name: string, seconds: Map<Contender, number>): Row[] {
  const peer = seconds.get('curl | tee | dd')!
  return CONTENDERS.map((contender) => ({
    label: `${name} ${contender}`,
    value: seconds.get(contender)!,
    unit: 's',
    ...(contender === 'ours'
      ? { target: `no slower than the pipeline's ${peer.toFixed(1)} s`, met: seconds.get(contender)! <= peer }
      : {}),
  }))
}

function memoryRow(peakMiB: number): Row {
  return {
    label: 'peak memory of our process',
    value: peakMiB,
    unit: 'MiB',
    target: `under ${MEMORY_LIMIT_MIB} MiB`,
    met: peakMiB < MEMORY_LIMIT_MIB,
  }
}

/** Stretches of 8 MiB of zeros and of data that packs to some two thirds. Returns the raw image's path. */
function makeImages(dir: string, sizeBytes: number): string {
  const raw = join(dir, 'image.img')
  const fd = openSync(raw, 'w')
  for (let at = 0; at < sizeBytes; at += 16 * MiB) {
    const data = noise(8 * MiB, at / MiB + 1)
    for (let i = 0; i < data.length; i += 12 * 1024) data.fill(i & 0xff, i, i + 4 * 1024)
    writeSync(fd, data, 0, data.length, at)
  }
  closeSync(fd)
  truncateSync(raw, sizeBytes)
  execFileSync('zstd', ['-q', '-3', '-T0', raw, '-o', `${raw}.zst`])
  execFileSync('sh', ['-c', 'gzip -1 -c "$1" > "$1.gz"', 'sh', raw])
  return raw
}

function attach(dir: string, sizeBytes: number): string {
  const backing = join(dir, 'disk')
  writeFileSync(backing, '')
  truncateSync(backing, sizeBytes)
  return execFileSync('losetup', ['--find', '--show', backing], { encoding: 'utf8' }).trim()
}

/** As the live system runs it: one bundled file. */
async function bundle(outDir: string): Promise<string> {
  await build({
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'node24',
      ssr: join(import.meta.dirname, 'flash-child.ts'),
      rolldownOptions: { output: { format: 'es', entryFileNames: 'flash.mjs', codeSplitting: false } },
    },
  })
  return join(outDir, 'flash.mjs')
}

/** Returns the peak memory in MiB. */
async function ours(script: string, args: string[]): Promise<number> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the flash of ${args[0]} ended with ${code}`)
  return Math.round(Number(text) / 1024)
}

/** The reference's way. A named pipe instead of `>(sha256sum)`, so that the digest's end is waited for. */
async function pipe(url: string, unpack: string, sha: string, device: string, dir: string): Promise<void> {
  const script = `set -e -o pipefail
rm -f hash; mkfifo hash; sha256sum < hash > digest &
curl -fsSL --http1.1 "$1" | tee hash | ${unpack} dd of="$2" oflag=direct bs=4M conv=fsync status=none
wait; grep -q "^$3" digest`
  const child = spawn('bash', ['-c', script, 'bash', url, device, sha], { cwd: dir, stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the pipeline for ${url} ended with ${code}`)
}
