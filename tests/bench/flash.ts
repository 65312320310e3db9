/**
 * Images that are half zeros and images that do not pack, raw and packed, from a local origin to a loop device, over memory and
 * over the disk: our pipeline beside `curl | unpacker | dd oflag=direct` and `bmaptool copy`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePackages } from '../../build/packages.ts'
import { FORMATS, KINDS, makeImages } from './flash-images.ts'
import type { Format, Kind } from './flash-images.ts'
import { attach, BMAPTOOL, bundle, OURS, pipe, timed } from './flash-run.ts'
import type { Cost } from './flash-run.ts'
import type { BenchOptions, Result, Row } from './main.ts'

const MiB = 1024 * 1024
const MEMORY_LIMIT_MIB = 200
const SEVERAL = 4
const PEER_PACKAGES = ['bmap-tools', 'curl', 'gzip', 'util-linux', 'xz-utils', 'zstd']

/** `BTY_BENCH_SCALE=0.125` takes images of an eighth. */
const SCALE = Number(process.env['BTY_BENCH_SCALE'] ?? 1)
const ROUNDS = Number(process.env['BTY_BENCH_ROUNDS'] ?? 2)

type Contender = 'ours' | 'ours, read back' | 'dd' | 'bmaptool'

export async function run({ log }: BenchOptions): Promise<Result> {
  if (!ensurePackages(PEER_PACKAGES, log)) throw new Error('the peers are missing')
  const sizeBytes = Math.max(4, Math.round(64 * SCALE)) * 16 * MiB
  return { name: 'flash', rows: await measure(sizeBytes, ROUNDS, log) }
}

/** Needs root (loop devices) and the peers. `sizeBytes` is a multiple of 16 MiB. */
export async function measure(
  sizeBytes: number,
  rounds: number,
  log: (line: string) => void,
): Promise<Row[]> {
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const dir = mkdtempSync(join(memory, 'bty-bench-'))
  const places = { memory: dir, disk: mkdtempSync(join(tmpdir(), 'bty-bench-')) }
  const origin = spawn(process.execPath, [join(import.meta.dirname, 'flash-origin.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const devices: string[] = []
  try {
    const [port] = (await once(origin.stdout, 'data')) as [Buffer]
    const base = `http://127.0.0.1:${port.toString().trim()}`
    const ours = [process.execPath, await bundle(join(dir, 'bundle'))]
    const rows: Row[] = []
    let peakMiB = 0

    /** One flash by one contender to these devices, compared byte by byte afterwards. */
    async function flashOnce(
      raw: string,
      format: Format,
      who: Contender,
      to: readonly string[],
    ): Promise<Cost> {
      const script = who === 'dd' ? pipe(format.unpack) : who === 'bmaptool' ? BMAPTOOL : OURS
      const name = `${raw.slice(dir.length + 1)}${format.suffix}`
      const sha = execFileSync('sha256sum', [join(dir, name)], { encoding: 'utf8' }).slice(0, 64)
      const verify = who === 'ours, read back' ? 'always' : 'never'
      for (const device of to) execFileSync('blkdiscard', ['--force', device], { stdio: 'ignore' })
      execFileSync('sync')
      const cost = await timed(script, [`${base}/${name}`, `${raw}.bmap`, sha, ...ours, verify, ...to], dir)
      log(
        `${name} to ${to.length}: ${who} ${cost.wallSeconds.toFixed(2)} s, processor ${cost.cpuSeconds.toFixed(2)} s`,
      )
      for (const device of to) execFileSync('cmp', ['-n', String(sizeBytes), raw, device])
      peakMiB = Math.max(peakMiB, cost.peakMiB)
      return cost
    }

    async function best(raw: string, format: Format, who: Contender, to: readonly string[]): Promise<number> {
      let least = Infinity
      for (let round = 0; round < rounds; round++)
        least = Math.min(least, (await flashOnce(raw, format, who, to)).wallSeconds)
      return least
    }

    for (const kind of KINDS) {
      log(`making ${kind}.img of ${sizeBytes / MiB} MiB in ${dir}`)
      const raw = makeImages(dir, kind, sizeBytes)
      for (const [place, where] of Object.entries(places)) {
        const device = attach(where, `disk-${kind}`, sizeBytes)
        devices.push(device)
        for (const format of FORMATS) {
          const label = `${place}, ${kind}.img${format.suffix}`
          const peer = await best(raw, format, 'dd', [device])
          const own = await best(raw, format, 'ours', [device])
          rows.push(judged(`${label}: ours`, kind, own, peer))
          rows.push({ label: `${label}: curl | dd`, value: peer, unit: 's' })
          rows.push({
            label: `${label}: bmaptool`,
            value: await best(raw, format, 'bmaptool', [device]),
            unit: 's',
          })
          if (format.suffix === '.zst')
            rows.push({
              label: `${label}: ours, read back`,
              value: (await flashOnce(raw, format, 'ours, read back', [device])).wallSeconds,
              unit: 's',
            })
        }
        execFileSync('losetup', ['--detach', devices.pop()!])
        rmSync(join(where, `disk-${kind}`))
      }
      if (kind === 'half') rows.push(...(await several(raw, dir, sizeBytes, devices, best)))
      execFileSync('bash', ['-c', 'rm -f "$1"*', 'bash', raw])
    }
    return [...rows, memoryRow(peakMiB)]
  } finally {
    origin.kill()
    for (const device of devices) execFileSync('losetup', ['--detach', device])
    for (const place of Object.values(places)) rmSync(place, { recursive: true })
  }
}

/** Targets at memory speed: what is measured is whether they get in each other's way. */
async function several(
  raw: string,
  dir: string,
  sizeBytes: number,
  devices: string[],
  best: (raw: string, format: Format, who: Contender, to: readonly string[]) => Promise<number>,
): Promise<Row[]> {
  for (let i = 0; i < SEVERAL; i++) devices.push(attach(dir, `several-${i}`, sizeBytes))
  const rows: Row[] = []
  for (const format of FORMATS.filter(({ suffix }) => suffix === '.gz' || suffix === '.xz')) {
    const one = await best(raw, format, 'ours', devices.slice(0, 1))
    const all = await best(raw, format, 'ours', devices)
    rows.push({ label: `memory, half.img${format.suffix}: one target`, value: one, unit: 's' })
    rows.push({
      label: `memory, half.img${format.suffix}: ${SEVERAL} targets`,
      value: all,
      unit: 's',
      target: 'at most 1.3 times one',
      met: all <= 1.3 * one,
    })
  }
  for (const device of devices.splice(0)) execFileSync('losetup', ['--detach', device])
  return rows
}

function judged(label: string, kind: Kind, own: number, peer: number): Row {
  const times = (peer / own).toFixed(2)
  return kind === 'half'
    ? { label, value: own, unit: 's', target: `twice as fast as dd: ${times} times`, met: own * 2 <= peer }
    : { label, value: own, unit: 's', target: `no slower than dd: ${times} times`, met: own <= peer }
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
