import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runTool } from '../run.ts'
import type { Run } from '../run.ts'
import { memoryDir, OLD_BYTE } from './disk.ts'

/** A loop device over a file that nbdkit serves through FUSE, with faults on order. Needs root, nbdkit, nbdfuse. */
export interface FaultyDisk extends AsyncDisposable {
  path: string
  /** What it holds in truth. */
  content(): Buffer
  /** Ends the process behind the disk: the medium is gone. */
  vanish(): void
}

export interface Faults {
  /** First and last byte of a stretch that refuses to be written. */
  refuses?: [first: number, last: number]
  /** Each write takes so long; the kernel cuts writes into pieces of 128 KiB. */
  writeDelayMs?: number
}

export async function faultyDisk(sizeBytes: number, faults: Faults): Promise<FaultyDisk> {
  const dir = mkdtempSync(join(memoryDir(), 'bty-faulty-'))
  const backing = join(dir, 'backing')
  const mount = join(dir, 'mount')
  const file = join(mount, 'disk')
  mkdirSync(mount)
  writeFileSync(backing, Buffer.alloc(sizeBytes, OLD_BYTE))
  const filters: string[] = []
  const settings: string[] = []
  if (faults.refuses !== undefined) {
    filters.push('--filter=protect')
    settings.push(`protect=${faults.refuses.join('-')}`)
  }
  if (faults.writeDelayMs !== undefined) {
    filters.push('--filter=delay')
    settings.push(`wdelay=${faults.writeDelayMs}ms`)
  }
  const command = ['nbdkit', '-s', '--exit-with-parent', ...filters, 'file', backing, ...settings]
  const fuse = spawn('nbdfuse', [file, '--command', ...command], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  fuse.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const gone = once(fuse, 'exit')
  while (statSync(file, { throwIfNoEntry: false })?.size !== sizeBytes) {
    if (fuse.exitCode !== null) throw new Error(`nbdfuse ended with ${fuse.exitCode}: ${said}`)
    await setTimeout(20)
  }
  const path = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim()
  return {
    path,
    content: () => readFileSync(backing),
    vanish: () => void fuse.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      execFileSync('losetup', ['--detach', path])
      if (fuse.exitCode === null && fuse.signalCode === null) fuse.kill('SIGTERM')
      await gone
      await runTool('umount', ['--lazy', mount])
      rmSync(dir, { recursive: true })
    },
  }
}

/** A machine whose devices cannot zero themselves; every other tool is the real one. */
export const withoutZeroing: Run = async (command, args, options) =>
  command === 'blkdiscard'
    ? { code: 1, stdout: '', stderr: 'not supported' }
    : await runTool(command, args, options)
