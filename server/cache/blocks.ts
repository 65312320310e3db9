/**
 * The memory through which all bytes of the cache travel: blocks that several readers share while their sockets take
 * them. A block is reused once nobody holds it, so the total stays near `maxBlocks` however fast the bytes go by.
 */
export const BLOCK_BYTES = 256 * 1024

export interface Block {
  readonly id: number
  readonly shared: SharedArrayBuffer
  readonly bytes: Buffer
  /** Bytes that are filled. */
  length: number
  holders: number
  name: string | null
}

export interface Blocks {
  /** An empty block, held by the caller. */
  blank(): Block
  /** Makes a block findable as `name`. */
  keep(name: string, block: Block): void
  /** The block of this name, held by the caller; read through `load` where it is not in memory. */
  get(name: string, load: (bytes: Buffer) => Promise<number>): Promise<Block> | Block
  hold(block: Block): Block
  release(block: Block): void
  /** Names that begin so are no longer asked for. */
  forget(prefix: string): void
}

let nextId = 1

export function createBlocks(maxBlocks = 64): Blocks {
  const kept = new Map<string, Block>() // oldest first
  const loading = new Map<string, Promise<Block>>()
  const free: Block[] = []
  let count = 0

  function blank(): Block {
    const block = free.pop() ?? (count < maxBlocks ? undefined : idle()) ?? made()
    block.length = 0
    block.holders = 1
    return block
  }

  function made(): Block {
    count++
    const shared = new SharedArrayBuffer(BLOCK_BYTES)
    return { id: nextId++, shared, bytes: Buffer.from(shared), length: 0, holders: 0, name: null }
  }

  function idle(): Block | undefined {
    for (const block of kept.values()) if (block.holders === 0) return drop(block)
    return undefined
  }

  function drop(block: Block): Block {
    kept.delete(block.name!)
    block.name = null
    return block
  }

  function hold(block: Block): Block {
    block.holders++
    return block
  }

  function release(block: Block): void {
    block.holders--
    if (block.holders > 0) return
    if (count > maxBlocks) {
      if (block.name !== null) drop(block)
      count--
    } else if (block.name === null) free.push(block)
  }

  async function read(name: string, load: (bytes: Buffer) => Promise<number>): Promise<Block> {
    const block = blank()
    try {
      block.length = await load(block.bytes)
      keep(name, block)
      return block
    } finally {
      loading.delete(name)
      release(block)
    }
  }

  function keep(name: string, block: Block): void {
    block.name = name
    kept.set(name, block)
  }

  return {
    blank,
    keep,
    hold,
    release,
    get(name, load) {
      const found = kept.get(name)
      if (found !== undefined) {
        kept.delete(name)
        kept.set(name, found)
        return hold(found)
      }
      let reading = loading.get(name)
      if (reading === undefined) loading.set(name, (reading = read(name, load)))
      return reading.then((block) =>
        // Between the read and now another may have taken the block for something else.
        block.name === name ? hold(block) : this.get(name, load),
      )
    },
    forget(prefix) {
      for (const [name, block] of kept)
        if (name.startsWith(prefix) && drop(block).holders === 0) free.push(block)
    },
  }
}
