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
interface Cost {
  wallSeconds: number
  /** User and system, of all processes of the contender. */
  cpuSeconds: number
  peakMiB: number
}

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
      const best = new Map<Contender, Cost>()
      for (let round = 1; round <= rounds; round++)
        for (const contender of CONTENDERS) {
          // No target hangs on the way with reading back: once tells what it costs.
          if (contender === 'ours, read back too' && round > 1) continue
          const cost = await timed(
            contender === 'curl | tee | dd' ? pipe(unpack) : OURS,
            [url, sha, device, contender === 'ours' ? 'no-read-back' : 'read-back', process.execPath, script],
            dir,
          )
          log(
            `${name}, round ${round}: ${contender} ${cost.wallSeconds.toFixed(1)} s, processor ${cost.cpuSeconds.toFixed(1)} s`,
          )
          peakMiB = Math.max(peakMiB, cost.peakMiB)
          if (cost.wallSeconds < (best.get(contender)?.wallSeconds ?? Infinity)) best.set(contender, cost)
          execFileSync('cmp', ['-n', String(sizeBytes), raw, device])
          execFileSync('blkdiscard', [device])
        }
      rows.push(...rowsOf(name, best))
    }
    return [...rows, memoryRow(peakMiB)]
  } finally {
    origin.kill()
    if (device !== null) execFileSync('losetup', ['--detach', device])
    rmSync(dir, { recursive: true })
  }
}

/** Wall time decides; processor time says how much of it a busy machine may have added. */
function rowsOf(name: string, best: Map<Contender, Cost>): Row[] {
  const peer = best.get('curl | tee | dd')!.wallSeconds
  return CONTENDERS.flatMap((contender): Row[] => {
    const { wallSeconds, cpuSeconds } = best.get(contender)!
    const target =
      contender === 'ours'
        ? { target: `no slower than the pipeline's ${peer.toFixed(1)} s`, met: wallSeconds <= peer }
        : {}
    return [
      { label: `${name} ${contender}`, value: wallSeconds, unit: 's', ...target },
      { label: `${name} ${contender}, processor`, value: cpuSeconds, unit: 's' },
    ]
  })
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
  const data = noise(8 * MiB)
  for (let i = 0; i < data.length; i += 12 * 1024) data.fill(i & 0xff, i, i + 4 * 1024)
  for (let at = 0; at < sizeBytes; at += 16 * MiB) {
    // Every stretch differs, and is out of the unpackers' reach (2 MiB) of the one before.
    data.writeUInt32LE(at / MiB, 0)
    writeSync(fd, data, 0, data.length, at)
  }
  closeSync(fd)
  truncateSync(raw, sizeBytes)
  execFileSync('bash', [
    '-c',
    'gzip -1 -c "$1" > "$1.gz" & zstd -q -3 "$1" -o "$1.zst" && wait $!',
    'bash',
    raw,
  ])
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

/** Runs a bash script in `dir`; all its processes count. Its output, if any, is its peak memory in KiB. */
async function timed(script: string, args: string[], dir: string): Promise<Cost> {
  const timing = `set -e -o pipefail\nTIMEFORMAT='%R %U %S'\ntime {\n${script}\n} 2>&3`
  const child = spawn('bash', ['-c', timing, 'bash', ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  let peak = ''
  let times = ''
  child.stdout!.on('data', (chunk: Buffer) => (peak += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => (times += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the flash of ${args[0]} ended with ${code}: ${times}`)
  const [wallSeconds, user, system] = times.trim().split(' ').map(Number) as [number, number, number]
  return { wallSeconds, cpuSeconds: user + system, peakMiB: Math.round(Number(peak) / 1024) }
}

// The scripts' arguments: URL, SHA-256, device, way of reading back, and what runs ours.
const OURS = '"$5" "$6" "$1" "$2" "$3" "$4"'

/** The reference's way. A named pipe instead of `>(sha256sum)`, so that the digest's end is waited for. */
const pipe = (unpack: string) => `rm -f hash; mkfifo hash; sha256sum < hash > digest &
curl -fsSL --http1.1 "$1" | tee hash | ${unpack} dd of="$3" oflag=direct bs=4M conv=fsync status=none
wait; grep -q "^$2" digest`
