/**
 * `bench boot`: from the kernel's first line to the agent's request for its plan, in QEMU without KVM, beside Debian's usual
 * live system with the same kind of kernel. Bytes are those that a machine fetches until then.
 */
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureAgent } from '../../build/agent.ts'
import { ensureMedium } from '../../build/medium.ts'
import { trioNames } from '../../media/recipe.ts'
import { fetchQemu } from '../e2e/lab/tools.ts'
import { makePeer } from './boot-peer.ts'
import type { Trio } from './boot-peer.ts'
import type { BenchOptions, Result, Row } from './main.ts'
import { measureNetboot } from './netboot-run.ts'
import type { Figures } from './netboot-run.ts'

export async function run({ log }: BenchOptions): Promise<Result> {
  const ours = await builtTrio(log)
  const qemu = await fetchQemu(log)
  const files = { agent: await ensureAgent(log), node: await realpath(process.execPath) }
  const peer = await makePeer(files, log)
  log('booting the netboot-pc medium')
  const own = await measureNetboot(qemu, ours)
  const rows: Row[] = [
    ...figures('netboot-pc', own),
    { label: 'netboot-pc, all files of a boot', value: megabytes(own.wholeBytes), unit: 'MB' },
  ]
  if (peer === null) return { name: 'boot', rows }
  log('booting live-boot and systemd')
  const usual = await measureNetboot(qemu, peer)
  const share = own.seconds / usual.seconds
  const target = 'half the time or less'
  return {
    name: 'boot',
    rows: [
      ...rows,
      ...figures('live-boot and systemd', usual),
      { label: 'time, share of live-boot and systemd', value: share, unit: '', target, met: share <= 0.5 },
    ],
  }
}

function figures(name: string, { seconds, bytes }: Figures): Row[] {
  return [
    { label: `${name}, kernel to plan request`, value: seconds, unit: 's' },
    { label: `${name}, fetched until then`, value: megabytes(bytes), unit: 'MB' },
  ]
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10

async function builtTrio(log: (line: string) => void): Promise<Trio> {
  ensureMedium(log)
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  const { kernel, initrd, squashfs } = trioNames(version)
  const at = (name: string): string => join('dist/media', name)
  return { kernel: at(kernel), initrd: at(initrd), squashfs: at(squashfs) }
}
