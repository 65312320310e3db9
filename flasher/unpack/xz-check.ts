import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The check at the end of a block, over its content. */
export interface BlockCheck {
  update(bytes: Buffer): void
  /** As it is stored. */
  value(): Buffer
}

/** By the type in the stream flags; null for a type that nobody uses. */
export function blockCheck(type: number): BlockCheck | null {
  if (type === 0) return { update() {}, value: () => Buffer.alloc(0) }
  if (type === 1) return crc32Check()
  if (type === 4) return crc64Check()
  if (type !== 10) return null
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), value: () => hash.digest() }
}

function crc32Check(): BlockCheck {
  let crc = 0
  return {
    update(bytes) {
      crc = crc32(bytes, crc)
    },
    value() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(crc)
      return bytes
    },
  }
}

const POLYNOMIAL = 0xc96c5795d7870f42n
const LOW = new Uint32Array(256)
const HIGH = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let crc = BigInt(i)
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n
  LOW[i] = Number(crc & 0xffffffffn)
  HIGH[i] = Number(crc >> 32n)
}

/** ECMA-182, reflected. */
function crc64Check(): BlockCheck {
  let low = 0xffffffff | 0
  let high = 0xffffffff | 0
  return {
    update(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        const at = (low ^ bytes[i]!) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ LOW[at]!
        high = (high >>> 8) ^ HIGH[at]!
      }
    },
    value() {
      const bytes = Buffer.alloc(8)
      bytes.writeUInt32LE(~low >>> 0, 0)
      bytes.writeUInt32LE(~high >>> 0, 4)
      return bytes
    },
  }
}
