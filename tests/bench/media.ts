/**
 * `bench media`: for each live medium its size, how long its build takes with all packages in the cache, seconds until it can be used in QEMU
 * without KVM, and the memory that it needs.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureMedium } from '../../build/medium.ts'
import type { Medium } from '../../build/medium.ts'
import { rpiNames, trioNames, usbNames } from '../../media/recipe.ts'
import { fetchQemu, fetchQemuArm64 } from '../e2e/lab/tools.ts'
import type { Qemu } from '../e2e/lab/tools.ts'
import type { BenchOptions, Result, Row } from './main.ts'
import { cardSeconds, stickSeconds } from './media-boots.ts'
import { measureNetboot } from './netboot-run.ts'
import type { Arch } from './netboot-run.ts'

const MEDIA_DIR = 'dist/media'
const MIB = 1024 * 1024
const FETCH_TARGET_MIB = 200
/** Tried in this order; the last that works is what is needed. */
const MEMORY_MIB = [1024, 768, 640, 512]
const LIMITS_MS: Record<Arch, number> = { x86_64: 150_000, arm64: 300_000 }

interface Bench {
  version: string
  log: (line: string) => void
}

export async function run({ log }: BenchOptions): Promise<Result> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  const bench = { version, log }
  const [pc, arm] = [await fetchQemu(log), await fetchQemuArm64(log)]
  return {
    name: 'media',
    rows: [
      ...(await netbootRows(bench, 'netboot-pc', 'x86_64', pc)),
      ...(await stickRows(bench, pc)),
      ...(await netbootRows(bench, 'netboot-arm64', 'arm64', arm)),
      ...(await cardRows(bench, arm)),
    ],
  }
}

async function netbootRows({ version, log }: Bench, medium: Medium, arch: Arch, qemu: Qemu): Promise<Row[]> {
  ensureMedium(log, medium)
  const names = trioNames(version, arch)
  const at = (name: string): string => join(MEDIA_DIR, name)
  const trio = { kernel: at(names.kernel), initrd: at(names.initrd), squashfs: at(names.squashfs) }
  const [kernel, initrd, squashfs] = await Promise.all(Object.values(trio).map(mebibytes))
  log(`booting the ${medium} medium`)
  const boot = (memoryMib: number): ReturnType<typeof measureNetboot> =>
    measureNetboot(qemu, trio, { memoryMib, limitMs: LIMITS_MS[arch], arch })
  const { seconds } = await boot(2048)
  const fetched = kernel! + initrd!
  const needed = await leastMemory(boot, log)
  return [
    { label: `${medium}, size`, value: fetched + squashfs!, unit: 'MiB' },
    {
      ...{ label: `${medium}, fetched by a machine`, value: fetched, unit: 'MiB' },
      ...{ target: `at most ${FETCH_TARGET_MIB} MiB`, met: fetched <= FETCH_TARGET_MIB },
    },
    { label: `${medium}, build`, value: await buildSeconds(medium, log), unit: 's' },
    { label: `${medium}, kernel to plan request`, value: seconds, unit: 's' },
    {
      ...{ label: `${medium}, agent runs in a machine with`, value: needed, unit: 'MiB' },
      ...{ target: 'at most 1024 MiB', met: needed <= 1024 },
    },
  ]
}

async function stickRows({ version, log }: Bench, qemu: Qemu): Promise<Row[]> {
  ensureMedium(log, 'usbboot-pc')
  const iso = join(MEDIA_DIR, usbNames(version).iso)
  log('booting the usbboot-pc medium')
  const boot = (memoryMib: number): Promise<number> =>
    stickSeconds({ qemu, mediaDir: MEDIA_DIR, version, memoryMib }, iso)
  return [
    { label: 'usbboot-pc, size', value: await mebibytes(iso), unit: 'MiB' },
    { label: 'usbboot-pc, build with its trio', value: await buildSeconds('usbboot-pc', log), unit: 's' },
    { label: 'usbboot-pc, power-on to wizard, first boot', value: await boot(2048), unit: 's' },
    {
      ...{ label: 'usbboot-pc, wizard runs in a machine with', value: await leastMemory(boot, log) },
      ...{ unit: 'MiB' },
    },
  ]
}

async function cardRows({ version, log }: Bench, qemu: Qemu): Promise<Row[]> {
  ensureMedium(log, 'usbboot-rpi')
  const packed = join(MEDIA_DIR, rpiNames(version).image)
  log('booting the usbboot-rpi medium')
  const boot = (memoryMib: number): Promise<number> => cardSeconds({ qemu, packed, memoryMib })
  return [
    { label: 'usbboot-rpi, size', value: await mebibytes(packed), unit: 'MiB' },
    { label: 'usbboot-rpi, build', value: await buildSeconds('usbboot-rpi', log), unit: 's' },
    { label: 'usbboot-rpi, kernel of Pi 4 to wizard, first boot', value: await boot(2048), unit: 's' },
    {
      ...{ label: 'usbboot-rpi, wizard runs in a machine with', value: await leastMemory(boot, log) },
      ...{ unit: 'MiB' },
    },
  ]
}

/** The least of {@link MEMORY_MIB} in which a boot comes to its end; NaN when not even the most is enough. */
async function leastMemory(
  boot: (memoryMib: number) => Promise<unknown>,
  log: (line: string) => void,
): Promise<number> {
  let least = Number.NaN
  for (const memoryMib of MEMORY_MIB) {
    log(`booting with ${memoryMib} MiB`)
    try {
      await boot(memoryMib)
      least = memoryMib
    } catch {
      break
    }
  }
  return least
}

async function buildSeconds(medium: Medium, log: (line: string) => void): Promise<number> {
  log(`building ${medium}`)
  const out = await mkdtemp(join(tmpdir(), 'bty-bench-'))
  try {
    const began = performance.now()
    const built = spawnSync(process.execPath, ['media/main.ts', medium, '--or-newest', '--out', out], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (built.status !== 0) throw new Error(`${medium} could not be built; the lines above say why`)
    return (performance.now() - began) / 1000
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

async function mebibytes(path: string): Promise<number> {
  return (await stat(path)).size / MIB
}
