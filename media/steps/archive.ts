import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { cpioOf } from '../cpio.ts'

interface Options {
  epoch: number
  signal: AbortSignal
  /** `a`: behind what the file holds already. */
  flags: 'a' | 'w'
  /** Program that packs its input, with arguments. Default: the archive is stored as it is. */
  packer?: readonly [command: string, ...args: string[]]
}

/** Writes the initrd archive of all that is below `folder` to `target`. */
export async function writeArchive(
  folder: string,
  target: string,
  { epoch, signal, flags, packer }: Options,
): Promise<void> {
  const bytes = Readable.from(cpioOf(folder, epoch))
  const file = createWriteStream(target, { flags })
  if (packer === undefined) return pipeline(bytes, file, { signal })
  const child = spawn(packer[0], packer.slice(1), { signal, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, killed) => resolve(code ?? killed ?? 'unknown'))
  })
  const [code] = await Promise.all([
    ended,
    pipeline(bytes, child.stdin, { signal }),
    pipeline(child.stdout, file, { signal }),
  ])
  if (code !== 0) throw new Error(`packing ${folder} for the initrd failed: ${packer[0]} ended with ${code}`)
}
