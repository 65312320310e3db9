import { alignedBuffers } from '../disk/aligned.ts'
import { BLOCK_BYTES } from './blocks.ts'

let zeros: Buffer | null = null

/** One block of zeros that direct I/O accepts. Nobody may write to it. */
export function zeroBuffer(): Buffer {
  return (zeros ??= alignedBuffers(1, BLOCK_BYTES)[0]!)
}
