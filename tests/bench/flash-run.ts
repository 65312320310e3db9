/** How the flash benchmark runs its contenders, and what it runs them on. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

export interface Cost {
  wallSeconds: number
  /** User and system, of all processes of the contender. */
  cpuSeconds: number
  /** Of our process; 0 for the others. */
  peakMiB: number
}

/** A loop device over a new sparse file in `dir`. */
export function attach(dir: string, name: string, sizeBytes: number): string {
  const backing = join(dir, name)
  writeFileSync(backing, '')
  truncateSync(backing, sizeBytes)
  return execFileSync('losetup', ['--find', '--show', backing], { encoding: 'utf8' }).trim()
}

/** As the live system runs it: one bundled file. */
export async function bundle(outDir: string): Promise<string> {
  await build({
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    define: { BTY_VERSION: '"bench"' },
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
export async function timed(script: string, args: string[], dir: string): Promise<Cost> {
  const timing = `set -e -o pipefail\nTIMEFORMAT='%R %U %S'\n{ time {\n${script}\n} 2>&3; } 2>&4`
  const child = spawn('bash', ['-c', timing, 'bash', ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  const read = (index: number) => {
    const text = { value: '' }
    child.stdio[index]!.on('data', (chunk: Buffer) => (text.value += chunk.toString()))
    return text
  }
  const [peak, said, times] = [read(1), read(3), read(4)]
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${said.value}`)
  const [wallSeconds, user, system] = times.value.trim().split(' ').map(Number) as [number, number, number]
  return { wallSeconds, cpuSeconds: user + system, peakMiB: Math.round(Number(peak.value) / 1024) }
}

// The scripts' arguments: URL, device or devices, block map, SHA-256, what runs ours, our script, our way of verifying.
const [URL, MAP, SHA, NODE, SCRIPT, VERIFY, DEVICES] = ['$1', '$2', '$3', '$4', '$5', '$6', '${@:7}']

/** Ours takes the same digest into account that a catalog gives; the others check none. */
export const OURS = `"${NODE}" "${SCRIPT}" "${URL}" "${SHA}" "${VERIFY}" "${DEVICES}"`
export const BMAPTOOL = `bmaptool -q copy --bmap "${MAP}" "${URL}" "$7"`
export const pipe = (unpack: string): string =>
  `curl -fsSL --http1.1 "${URL}" | ${unpack} dd of="$7" oflag=direct iflag=fullblock bs=4M conv=fsync status=none`
