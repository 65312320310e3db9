import type { Run } from '../run.ts'

/** Lets the kernel see the new partition table. Best effort: the image is on the disk whatever comes of it. */
export async function rereadPartitions(path: string, run: Run): Promise<void> {
  const { code } = await run('blockdev', ['--rereadpt', path], { timeoutMs: 30_000 })
  if (code !== 0) await run('partx', ['--update', path], { timeoutMs: 30_000 })
  await run('udevadm', ['settle', '--timeout=10'], { timeoutMs: 15_000 })
}
