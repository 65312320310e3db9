import { readFile, stat } from 'node:fs/promises'
import type { Run } from '../run.ts'
import type { Target } from './target.ts'

/** Longer than this, writing the image's zeros is the better deal. */
const LIMIT_MS = 15_000
const STEP_BYTES = 1024 * 1024 * 1024

/**
 * Lets the device itself turn its first `bytes` into zeros, where it can do so without writing them.
 * Resolves with the number of bytes that now read as zeros, which may be 0.
 */
export async function zeroByDevice(
  target: Target,
  bytes: number,
  run: Run,
  signal: AbortSignal,
): Promise<number> {
  if (target.kind !== 'block' || !(await canWriteZeroes(target.path))) return 0
  const length = Math.min(target.sizeBytes, Math.ceil(bytes / 4096) * 4096)
  // --force: the exclusive hold on the device is ours.
  const args = [
    '--force',
    '--zeroout',
    '--offset',
    '0',
    '--length',
    String(length),
    '--step',
    String(STEP_BYTES),
  ]
  // Left alone by a flash that was killed, it would go on and zero what the next flash has written.
  const options = { timeoutMs: LIMIT_MS, signal, diesWithUs: true }
  const { code } = await run('blkdiscard', [...args, target.path], options)
  return code === 0 ? length : 0
}

/** Without hardware support the kernel would write every zero itself, which is what shall be saved. */
async function canWriteZeroes(path: string): Promise<boolean> {
  try {
    const { rdev } = await stat(path)
    const major = (rdev >> 8) & 0xfff
    const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00)
    const limit = await readFile(`/sys/dev/block/${major}:${minor}/queue/write_zeroes_max_bytes`, 'utf8')
    return Number(limit) > 0
  } catch {
    return false
  }
}
