import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'

const CHUNK_BYTES = 4 * 1024 * 1024
const SHOWN_BYTES = 16

/** The first difference between two folders over the named files, in words; null when there is none. */
export async function firstDifference(one: string, two: string, names: string[]): Promise<string | null> {
  for (const name of names) {
    const found = await inFile(join(one, name), join(two, name))
    if (found !== null) return `${name} ${found}`
  }
  return null
}

async function inFile(left: string, right: string): Promise<string | null> {
  const sizes = [(await stat(left)).size, (await stat(right)).size]
  await using a = await open(left)
  await using b = await open(right)
  const [x, y] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)]
  for (let at = 0; at < Math.min(...sizes); at += CHUNK_BYTES) {
    const [m, n] = [await a.read(x, 0, CHUNK_BYTES, at), await b.read(y, 0, CHUNK_BYTES, at)]
    const length = Math.min(m.bytesRead, n.bytesRead)
    if (x.compare(y, 0, length, 0, length) === 0) continue
    let i = 0
    while (x[i] === y[i]) i++
    const hex = (bytes: Buffer) => bytes.subarray(i, Math.min(i + SHOWN_BYTES, length)).toString('hex')
    return `differs from byte ${at + i} on: ${hex(x)} and ${hex(y)}`
  }
  return sizes[0] === sizes[1] ? null : `has ${sizes[0]} bytes in one build and ${sizes[1]} in the other`
}
