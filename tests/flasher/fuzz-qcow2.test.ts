import { equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { FlashError } from '../../flasher/errors.ts'
import { readQcow2Header } from '../../flasher/qcow2/header.ts'
import { readQcow2 } from '../../flasher/qcow2/read.ts'
import type { RandomSource } from '../../flasher/source/random.ts'
import { noise } from '../../flasher/testing/images.ts'
import { qemuLab } from '../../flasher/testing/qemu.ts'
import { randomBytes } from '../../flasher/testing/random.ts'
import { seededRandom } from '../harness/random.ts'

const ROUNDS = Number(process.env['BTY_FUZZ_IMAGES'] ?? 2_000)
const SEED = Number(process.env['BTY_FUZZ_SEED'] ?? 20261124)
const random = seededRandom(SEED)
const upTo = (limit: number) => Math.floor(random() * limit)
const pick = <T>(items: readonly T[]): T => items[upTo(items.length)]!

/** What readers may hold of one image at a time. */
const BOUND_BYTES = 32 * 1024 * 1024
/** More content than any of the images can hold, however its tables are bent. */
const CONTENT_BYTES = 1024 * 1024 * 1024

const lab = qemuLab()
after(() => lab[Symbol.dispose]())
const disk = Buffer.alloc(600 * 1024)
noise(100_000, 1).copy(disk, 0)
disk.fill('text that packs ', 200_000, 400_000)
const IMAGES = [
  [],
  ['-o', 'compat=0.10'],
  ['-o', 'cluster_size=512'],
  ['-c', '-o', 'cluster_size=4k'],
  ['-c'],
  ['-c', '-o', 'compression_type=zstd,cluster_size=4k'],
  ['-o', 'extended_l2=on,cluster_size=16k'],
].map((args) => readFileSync(lab.convert(disk, args)))

/** Values that tables are rarely kind to. */
const WORDS = [0n, 1n, 511n, 512n, 0x10000n, 0x20000n, 0x30000n, 1n << 31n, 1n << 40n, 1n << 55n, ~0n].map(
  (word) => BigInt.asUintN(64, word),
)
const FLAGS = [0n, 1n << 62n, 1n << 63n]

function harm(image: Buffer): Buffer {
  const bytes = Buffer.from(image)
  const tables = [Number(bytes.readBigUInt64BE(40)), 0x30000, 0x40000].filter((at) => at < bytes.length - 16)
  const places = [() => upTo(112), () => pick(tables) + 8 * upTo(2), () => pick(tables) + 8 * upTo(200)]
  for (let i = 1 + upTo(3); i > 0; i--) {
    const at = Math.min(random() < 0.9 ? pick(places)() : upTo(bytes.length), bytes.length - 9)
    if (random() < 0.6) bytes[at] = upTo(256)
    else bytes.writeBigUInt64BE(pick(WORDS) | pick(FLAGS), at - (at % 8))
  }
  return random() < 0.1 ? bytes.subarray(0, upTo(bytes.length)) : bytes
}

/** Counts what is read and not passed on. */
function counted(bytes: Buffer): { source: RandomSource; mostBytes: () => number } {
  const inner = randomBytes(bytes)
  let underWay = 0
  let most = 0
  const source: RandomSource = {
    ...inner,
    async read(position, length) {
      most = Math.max(most, (underWay += length))
      await null
      underWay -= length
      return await inner.read(position, length)
    },
  }
  return { source, mostBytes: () => most }
}

/** How a reading ended: `whole` or the code of its error. Anything else that is thrown fails the test. */
async function read(image: Buffer): Promise<string> {
  const { source, mostBytes } = counted(image)
  let content = 0
  let total = 0
  try {
    const header = await readQcow2Header(source)
    for await (const piece of readQcow2(source, header)) {
      const bytes = 'zeros' in piece ? piece.zeros : piece.length
      ok(bytes > 0)
      total += bytes
      if (!('zeros' in piece)) content += bytes
      ok(content < CONTENT_BYTES && total <= header.virtualBytes)
    }
    equal(total, header.virtualBytes)
    return 'whole'
  } catch (error) {
    if (!(error instanceof FlashError)) throw error
    return error.code
  } finally {
    ok(mostBytes() <= BOUND_BYTES, `${mostBytes()} bytes at a time`)
  }
}

test(`${ROUNDS} bent qcow2 images end whole or with a clear error (seed ${SEED})`, async () => {
  const ends: Record<string, number> = {}
  for (let round = 0; round < ROUNDS; round++) {
    const end = await read(harm(pick(IMAGES)))
    ends[end] = (ends[end] ?? 0) + 1
  }
  const codes = Object.keys(ends)
  ok(
    codes.every((code) => ['whole', 'corrupt', 'truncated', 'refused'].includes(code)),
    `${codes}`,
  )
  ok(codes.length === 4, `a fuzz that finds only ${codes} finds too little`)
})
