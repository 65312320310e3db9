/**
 * `bench media`: for each live medium its size, how long its build takes with all packages in the cache, seconds until it can be used in QEMU
 * without KVM, and the memory that it needs.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureMedium } from '../../build/medium.ts'
import { trioNames, usbNames } from '../../media/recipe.ts'
import { startChildren } from '../e2e/lab/children.ts'
import { makeStick } from '../e2e/lab/stick.ts'
import { fetchQemu } from '../e2e/lab/tools.ts'
import type { Qemu } from '../e2e/lab/tools.ts'
import type { BenchOptions, Result, Row } from './main.ts'
import { measureNetboot } from './netboot-run.ts'

const MEDIA_DIR = 'dist/media'
const MIB = 1024 * 1024
const FETCH_TARGET_MIB = 200
/** Tried in this order; the last that works is what is needed. */
const MEMORY_MIB = [1024, 768, 640, 512]
const LIMIT_MS = 150_000
const WIZARD_LIMIT_MS = 300_000

export async function run({ log }: BenchOptions): Promise<Result> {
  ensureMedium(log, 'usbboot-pc')
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  const qemu = await fetchQemu(log)
  return {
    name: 'media',
    rows: [...(await netbootRows(qemu, version, log)), ...(await stickRows(qemu, version, log))],
  }
}

async function netbootRows(qemu: Qemu, version: string, log: (line: string) => void): Promise<Row[]> {
  const names = trioNames(version)
  const at = (name: string): string => join(MEDIA_DIR, name)
  const trio = { kernel: at(names.kernel), initrd: at(names.initrd), squashfs: at(names.squashfs) }
  const [kernel, initrd, squashfs] = await Promise.all(Object.values(trio).map(mebibytes))
  log('booting the netboot-pc medium')
  const { seconds } = await measureNetboot(qemu, trio)
  const fetched = kernel! + initrd!
  const needed = await leastMemory(qemu, trio, log)
  return [
    { label: 'netboot-pc, size', value: fetched + squashfs!, unit: 'MiB' },
    {
      ...{ label: 'netboot-pc, fetched by a machine', value: fetched, unit: 'MiB' },
      ...{ target: `at most ${FETCH_TARGET_MIB} MiB`, met: fetched <= FETCH_TARGET_MIB },
    },
    { label: 'netboot-pc, build', value: await buildSeconds('netboot-pc', log), unit: 's' },
    { label: 'netboot-pc, kernel to plan request', value: seconds, unit: 's' },
    {
      ...{ label: 'netboot-pc, agent runs in a machine with', value: needed, unit: 'MiB' },
      ...{ target: 'at most 1024 MiB', met: needed <= 1024 },
    },
  ]
}

async function stickRows(qemu: Qemu, version: string, log: (line: string) => void): Promise<Row[]> {
  const iso = join(MEDIA_DIR, usbNames(version).iso)
  log('booting the usbboot-pc medium')
  return [
    { label: 'usbboot-pc, size', value: await mebibytes(iso), unit: 'MiB' },
    { label: 'usbboot-pc, build with its trio', value: await buildSeconds('usbboot-pc', log), unit: 's' },
    {
      label: 'usbboot-pc, power-on to wizard, first boot',
      value: await wizardSeconds(qemu, version, iso),
      unit: 's',
    },
  ]
}

/** SeaBIOS, the ISO on a USB stick of 512 MiB, which it grows on the way, 1 GiB of memory. */
async function wizardSeconds(qemu: Qemu, version: string, iso: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'bty-bench-'))
  const children = startChildren(dir)
  try {
    const stick = await makeStick({ dir, qemu, children, mediaDir: MEDIA_DIR, version }, iso, 512 * MIB)
    const began = performance.now()
    const boot = await stick.powerOn('bios')
    await boot.sees('image_root: ', WIZARD_LIMIT_MS)
    return (performance.now() - began) / 1000
  } finally {
    await children.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** The least of {@link MEMORY_MIB} in which the agent asks for its plan; NaN when not even the most does. */
async function leastMemory(
  qemu: Qemu,
  trio: Parameters<typeof measureNetboot>[1],
  log: (line: string) => void,
): Promise<number> {
  let least = Number.NaN
  for (const memoryMib of MEMORY_MIB) {
    log(`booting with ${memoryMib} MiB`)
    try {
      await measureNetboot(qemu, trio, { memoryMib, limitMs: LIMIT_MS })
      least = memoryMib
    } catch {
      break
    }
  }
  return least
}

async function buildSeconds(medium: string, log: (line: string) => void): Promise<number> {
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
