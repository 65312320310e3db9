/**
 * A file that is still arriving. Bytes are appended by one writer and read by any number of readers, the newest from
 * memory, the rest from the file. Nothing that a reader does makes the writer wait.
 */
import { open } from 'node:fs/promises'
import { createAppender } from './appender.ts'
import { BLOCK_BYTES, type Block, type Blocks } from './blocks.ts'
import { type SharedFile, sharedFile } from './files.ts'
import type { Hashing } from './hasher.ts'

/** Full blocks that may wait for the disk or the hash. */
const MAX_WAITING = 32

export interface Part {
  readonly file: SharedFile
  readonly haveBytes: number
  /** Takes all of `chunk`; resolves when the writer may go on. Throws what the disk threw. */
  append(chunk: Buffer): Promise<void> | void
  /** Writes what is still in memory. */
  flush(): Promise<void>
  /** A held block that holds the byte at `index * BLOCK_BYTES` and what follows as far as it has arrived. */
  block(index: number): Promise<Block> | Block
  /** Lets go of memory and file. */
  close(): Promise<void>
}

export interface PartOptions {
  blocks: Blocks
  hashing: Hashing
  /** Makes room on a full disk; false where that cannot be done. */
  relieve(bytes: number): Promise<boolean>
}

/** Opens `path` to go on after its first `haveBytes`, which have been given to `hashing` already. */
export async function openPart(
  path: string,
  haveBytes: number,
  { blocks, hashing, relieve }: PartOptions,
): Promise<Part> {
  const handle = await open(path, haveBytes === 0 ? 'w+' : 'r+', 0o640)
  const file = sharedFile(handle, blocks)
  let have = haveBytes
  let tail: Block | null = null
  let tailFrom = have % BLOCK_BYTES // bytes of the tail block that are on the disk already
  const disk = createAppender(handle, have, relieve)
  let waiting = 0
  let wake = () => {}

  if (tailFrom > 0) {
    tail = blocks.blank()
    await handle.read(tail.bytes, 0, tailFrom, have - tailFrom)
    tail.length = tailFrom
    blocks.keep(nameOf(tailIndex()), tail)
  }

  function tailIndex(): number {
    return Math.floor(have / BLOCK_BYTES)
  }
  function nameOf(index: number): string {
    return `${file.id}/${index}`
  }

  function done(): void {
    waiting--
    wake()
  }

  /** The tail block goes to the disk and to the hash; both hold it until they have read it. */
  function pass(block: Block, from: number): void {
    const to = block.length
    waiting += 2
    blocks.hold(block)
    disk.add({ bytes: block.bytes.subarray(from, to), done: () => (blocks.release(block), done()) })
    if (from > 0) {
      // The hash has the beginning of this block from the file.
      const rest = blocks.blank()
      block.bytes.copy(rest.bytes, 0, from, to)
      rest.length = to - from
      hashing.update(rest, () => (blocks.release(rest), done()))
    } else {
      blocks.hold(block)
      hashing.update(block, () => (blocks.release(block), done()))
    }
  }

  function passTail(): void {
    if (tail === null || tail.length === tailFrom) return
    pass(tail, tailFrom)
    tailFrom = tail.length
  }

  return {
    file,
    get haveBytes() {
      return have
    },
    append(chunk) {
      for (let at = 0; at < chunk.length;) {
        if (tail === null) {
          tail = blocks.blank()
          tailFrom = 0
          blocks.keep(nameOf(tailIndex()), tail)
        }
        const copied = chunk.copy(tail.bytes, tail.length, at)
        tail.length += copied
        have += copied
        at += copied
        if (tail.length < BLOCK_BYTES) break
        passTail()
        blocks.release(tail)
        tail = null
      }
      if (disk.failure !== null) throw disk.failure
      if (waiting > MAX_WAITING) return room()
    },
    async flush() {
      passTail()
      hashing.push()
      while (waiting > 0) await new Promise<void>((resolve) => (wake = resolve))
      if (disk.failure !== null) throw disk.failure
    },
    block(index) {
      if (tail !== null && index === tailIndex()) return blocks.hold(tail)
      return file.block(index, have)
    },
    async close() {
      await disk.settled()
      if (tail !== null) blocks.release(tail)
      tail = null
      file.release()
    },
  }

  async function room(): Promise<void> {
    while (waiting > MAX_WAITING) await new Promise<void>((resolve) => (wake = resolve))
    if (disk.failure !== null) throw disk.failure
  }
}
