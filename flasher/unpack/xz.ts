import { runTool } from '../run.ts'
import { throughTool } from './tool.ts'
import type { UnpackTool } from './tool.ts'
import { unxzInJs } from './xz-js.ts'

/** A larger dictionary is refused: unpacking takes that much memory. What `xz -9` makes needs 64 MiB. */
export const MAX_DICTIONARY_BYTES = 1024 * 1024 * 1024
/** Of all threads; a file that needs more is unpacked by one. */
const THREADS_MEMORY = '128MiB'
/** The largest dictionary and what the decoder itself takes. */
const MEMORY = `${MAX_DICTIONARY_BYTES / 1024 / 1024 + 16}MiB`
/** Since 5.4.0 several threads unpack, within a limit of memory. */
const THREADED_VERSION = 50_040_000

let found: Promise<UnpackTool | null> | null = null

/** The program of this machine, where it is XZ Utils; busybox's knows neither limits nor every check. */
export function findXz(): Promise<UnpackTool | null> {
  return (found ??= probe())
}

async function probe(): Promise<UnpackTool | null> {
  const answer = await runTool('xz', ['--robot', '--version'])
  const version = Number(/^XZ_VERSION=(\d+)$/m.exec(answer.stdout)?.[1])
  if (!(version > 0)) return null
  const threads = version >= THREADED_VERSION ? ['-T0', `--memlimit-mt-decompress=${THREADS_MEMORY}`] : []
  return {
    command: 'xz',
    args: ['-dc', '--format=xz', `--memlimit-decompress=${MEMORY}`, ...threads],
    packing: 'xz',
    judge: [
      [/unexpected end of input/i, 'truncated', 'is cut off'],
      [/memory usage limit/i, 'refused', `needs a dictionary of more than ${MAX_DICTIONARY_BYTES} bytes`],
    ],
  }
}

/** All streams of an xz file and the padding between them. Throws FlashError `truncated`, `corrupt` or `refused`. */
export async function* unxz(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const tool = await findXz()
  yield* tool === null ? unxzInJs(chunks, MAX_DICTIONARY_BYTES) : throughTool(tool, chunks)
}
