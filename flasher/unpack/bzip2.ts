import { runTool } from '../run.ts'
import { unbzip2InJs } from './bzip2-js.ts'
import { throughTool } from './tool.ts'
import type { UnpackTool } from './tool.ts'

let found: Promise<UnpackTool | null> | null = null

/** The program of this machine, where it is the real one: others of its name pass over garbage in silence. */
export function findBzip2(): Promise<UnpackTool | null> {
  return (found ??= probe())
}

async function probe(): Promise<UnpackTool | null> {
  const help = await runTool('bzip2', ['--help'])
  if (!/block-sorting file compressor/.test(help.stdout + help.stderr)) return null
  return {
    command: 'bzip2',
    args: ['-dc'],
    packing: 'bzip2',
    judge: [
      [/trailing garbage/, 'corrupt', 'has garbage behind its end'],
      [/unexpected end|ends unexpectedly/i, 'truncated', 'is cut off'],
    ],
  }
}

/** All streams of a bzip2 file. Throws FlashError `truncated` or `corrupt`. */
export async function* unbzip2(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const tool = await findBzip2()
  yield* tool === null ? unbzip2InJs(chunks) : throughTool(tool, chunks)
}
