import { stat } from 'node:fs/promises'
import { FlashError } from '../../errors.ts'
import type { Run } from '../../run.ts'
import { devNoOf } from '../dev-no.ts'
import { lsblk } from '../lsblk.ts'
import type { BlockNode } from '../lsblk.ts'
import { isSystemMount } from '../marks.ts'
import { holdersOn } from '../members.ts'
import type { Unmounted } from '../unmount.ts'
import { usesOf } from '../use/in-use.ts'
import { readUseFacts } from '../use/read.ts'

/** See `unmountDisk`. */
export async function unmountLinux(path: string, run: Run): Promise<Unmounted> {
  const devices = await devicesOn(path, run)
  const { mounts, swaps } = usesOf(await readUseFacts(run), devices)
  const system = mounts.filter((mount) => isSystemMount(mount.point)).map((mount) => mount.point)
  if (system.length > 0)
    throw new FlashError(
      'refused',
      `${path} holds the running system (${system.join(', ')}); it stays mounted`,
    )
  const reasons = new Map<string, string>()
  // First, because a swap file keeps its file system busy.
  for (const swap of swaps) {
    // Its pages have to fit in memory first, which takes its time.
    const { code, stderr } = await run('swapoff', ['--', swap.path], { timeoutMs: 10 * 60_000 })
    if (code !== 0) reasons.set(swap.path, stderr)
  }
  for (const { point } of mounts.toReversed()) {
    const { code, stderr } = await run('umount', ['--', point], { timeoutMs: 60_000 })
    if (code !== 0) reasons.set(point, stderr)
  }
  const after = usesOf(await readUseFacts(run), devices)
  const left = [...after.mounts.map((mount) => mount.point), ...after.swaps.map((swap) => swap.path)]
  const [node] = await lsblk(run, path)
  return {
    freed: [...new Set([...mounts.map((mount) => mount.point), ...swaps.map((swap) => swap.path)])].filter(
      (name) => !left.includes(name),
    ),
    busy: [
      ...[...new Set(left)].map((name) => `${name}: ${reasons.get(name) ?? 'still in use'}`),
      ...(node === undefined
        ? []
        : holdersOn(node).map((holder) => `${holder} is built on it; stop it first`)),
    ],
  }
}

async function devicesOn(path: string, run: Run): Promise<string[]> {
  const found = await stat(path).catch(() => null)
  if (!found?.isBlockDevice()) throw new FlashError('refused', `${path} is not a block device`)
  const [node] = await lsblk(run, path)
  return [devNoOf(found.rdev), ...(node === undefined ? [] : numbersIn(node))]
}

function numbersIn(node: BlockNode): string[] {
  return [...(node.devNo === null ? [] : [node.devNo]), ...node.children.flatMap(numbersIn)]
}
