import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { newVolume } from '../exfat/new-volume.ts'
import type { ReadyTarget } from '../flash/target-run.ts'
import { noise, sha256 } from '../testing/images.ts'
import { filesOn, stickIsSound } from '../testing/stick.ts'
import { fillSticks } from './fill.ts'
import type { FillTarget } from './fill.ts'

const MiB = 1024 * 1024
const CONTENT = noise(6 * MiB + 300, 4)

/** A stick in memory that gives back another byte at `lies`: no disk of this machine does so on order. */
function stickInMemory(path: string, lies: number | null = null) {
  const memory = Buffer.alloc(32 * MiB, 0xa5)
  const errors: Error[] = []
  const target: ReadyTarget = {
    ...{ path, sizeBytes: memory.length, logicalBlockBytes: 512, head: Buffer.alloc(512) },
    device: {
      write: async (buffer, at) => void buffer.copy(memory, at),
      async read(buffer, at) {
        memory.copy(buffer, 0, at, at + buffer.length)
        if (lies !== null && lies >= at && lies < at + buffer.length) buffer[lies - at]! ^= 1
      },
      sync: async () => {},
      close: async () => {},
    },
    replaceHead: () => {},
    get isLive() {
      return errors.length === 0
    },
    fail: async (error) => void errors.push(error as Error),
  }
  const volume = newVolume(memory.length, [{ name: 'a.img', bytes: CONTENT.length }], {
    ...{ label: 'BTY_IMAGES', serial: 1, partitionOffset: 0, date: new Date(0) },
  })
  const filling: FillTarget = { target, volume, startByte: 0, onFilled: () => {}, onChecked: () => {} }
  return { memory, errors, filling, at: volume.files[0]!.at, rootAt: volume.stretches.at(-1)!.at }
}

async function* inChunks(content: Buffer) {
  for (let at = 0; at < content.length; at += 70_001) yield content.subarray(at, at + 70_001)
}
const file = (content = CONTENT) => ({ name: 'a.img', bytes: CONTENT.length, open: () => inChunks(content) })
const options = { signal: new AbortController().signal, onFile: () => {} }

test('a file is the same on every stick, whatever its chunks, and its digest is told', async () => {
  const sticks = [stickInMemory('/a'), stickInMemory('/b')]
  const digests = await fillSticks(
    sticks.map(({ filling }) => filling),
    [file()],
    options,
  )
  equal(digests.get('a.img'), sha256(CONTENT))
  for (const { memory } of sticks) {
    stickIsSound(memory, 0)
    equal(filesOn(memory, 0).get('a.img')!.equals(CONTENT), true)
  }
})

test('a stick that gives back another image, or another file system, fails alone', async () => {
  const { at, rootAt } = stickInMemory('/x')
  const good = stickInMemory('/good')
  const image = stickInMemory('/image', at + 5 * MiB)
  const root = stickInMemory('/root', rootAt + 40)
  await fillSticks(
    [good, image, root].map(({ filling }) => filling),
    [file()],
    options,
  )
  deepEqual(
    [good, image, root].map(({ errors }) => errors.length),
    [0, 1, 1],
  )
  match(image.errors[0]!.message, /\/image reads back another a\.img than was written/)
  match(root.errors[0]!.message, /\/root reads back another file system than was written/)
})

const lengths: [rule: string, content: Buffer, why: RegExp][] = [
  ['shorter', CONTENT.subarray(0, 5 * MiB), /has 5242880 bytes; 6291756 were announced/],
  ['longer', Buffer.concat([CONTENT, CONTENT]), /is longer than the 6291756 bytes that were announced/],
]
for (const [rule, content, why] of lengths)
  test(`a file that is ${rule} than announced ends the fill`, async () => {
    await rejects(
      fillSticks([stickInMemory('/a').filling], [file(content)], options),
      (error: Error) => (match(error.message, why), true),
    )
  })
