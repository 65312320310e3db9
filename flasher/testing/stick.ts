import { equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ENTRY = 32

/** Lets exfatprogs examine the images partition of a stick. Throws when it finds a fault. */
export function stickIsSound(stick: Buffer, startByte: number): void {
  const dir = mkdtempSync(join(tmpdir(), 'bty-volume-'))
  try {
    const file = join(dir, 'volume')
    writeFileSync(file, stick.subarray(startByte))
    const { status, stdout, stderr } = spawnSync('fsck.exfat', ['-n', file], { encoding: 'utf8' })
    equal(status, 0, `fsck.exfat: ${stdout}${stderr}`)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** The files in the root of a stick's images partition, by a walk of its own: nothing of what made them is used. */
export function filesOn(stick: Buffer, startByte: number): Map<string, Buffer> {
  const volume = stick.subarray(startByte)
  const sector = 1 << volume[108]!
  const cluster = sector << volume[109]!
  const heap = volume.readUInt32LE(88) * sector
  const at = (number: number) => heap + (number - 2) * cluster
  const root = volume.subarray(at(volume.readUInt32LE(96)))
  const files = new Map<string, Buffer>()
  for (let i = 0; root[i] !== 0; i += ENTRY) {
    if (root[i] !== 0x85) continue
    const stream = root.subarray(i + ENTRY)
    let name = ''
    for (let n = 2; n <= root[i + 1]!; n++)
      name += root.toString('utf16le', i + n * ENTRY + 2, i + (n + 1) * ENTRY)
    const bytes = Number(stream.readBigUInt64LE(24))
    const first = stream.readUInt32LE(20)
    files.set(
      name.slice(0, stream[3]),
      bytes === 0 ? Buffer.alloc(0) : volume.subarray(at(first), at(first) + bytes),
    )
  }
  return files
}
