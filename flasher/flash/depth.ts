/** Blocks of 4 MiB that a flash holds in memory, whatever the number of targets. */
export const POOL_BLOCKS = 10
/** Of 4 MiB each: the kernel cuts them into many requests, so this keeps a fast NVMe busy. */
const DEEPEST = 6

/**
 * Operations in flight for each of so many targets. Each one keeps a thread of the pool busy, and a slow disk keeps it for long: some threads
 * must stay free for unpacking and for the other targets.
 */
export function depthFor(targets: number, threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)): number {
  return Math.max(1, Math.min(DEEPEST, Math.floor((threads - 1) / Math.max(1, targets))))
}
