import { createHash } from 'node:crypto'
import { alignedBuffers } from '../disk/aligned.ts'
import { FlashError } from '../errors.ts'
import type { NewVolume } from '../exfat/new-volume.ts'
import { MiB, roundUp, zeroBuffer } from '../flash/blocks.ts'
import type { ReadyTarget } from '../flash/target-run.ts'

/** A file for the sticks; the content comes in chunks, each valid until the next, and ends after `bytes`. */
export interface FillFile {
  name: string
  bytes: number
  /** Called once the files before it are copied, whose digests are known then. Throws FlashError, also at its end when it was not the right content. */
  open: (digests: ReadonlyMap<string, string>) => AsyncIterable<Buffer>
}

/** A stick that is filled: its images partition gets a new volume. */
export interface FillTarget {
  target: ReadyTarget
  volume: NewVolume
  /** Where the partition begins. */
  startByte: number
  onFilled: (bytes: number) => void
  onChecked: (bytes: number) => void
}

const CHUNK_BYTES = 4 * MiB
/** Of every disk that a volume can be made on. */
const UNIT = 4096

/**
 * Copies the files, each read once, to all sticks, makes their volumes, and reads everything back. A stick that fails drops out. Throws
 * FlashError when a file cannot be read or is not what it should be. Resolves with the SHA-256 of each file by its name.
 */
export async function fillSticks(
  sticks: readonly FillTarget[],
  files: readonly FillFile[],
  { signal, onFile }: { signal: AbortSignal; onFile: (name: string | null) => void },
): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  const buffers = alignedBuffers(2, CHUNK_BYTES) as [Buffer, Buffer]
  await onEach(sticks, signal, clearStart)
  for (const [index, file] of files.entries()) {
    onFile(file.name)
    digests.set(file.name, await copy(file, index))
  }
  onFile(null)
  await onEach(sticks, signal, writeVolume)
  await onEach(sticks, signal, (stick) => check(stick, files, digests, signal))
  return digests

  /** While one half is written, the other is filled. */
  async function copy(file: FillFile, index: number): Promise<string> {
    const hash = createHash('sha256')
    let [buffer, other] = buffers
    let filled = 0
    let at = 0
    let writing: Promise<void> = Promise.resolve()
    const flush = async () => {
      await writing
      const position = at
      const content = buffer.subarray(0, roundUp(filled, UNIT)).fill(0, filled)
      hash.update(buffer.subarray(0, filled))
      writing = onEach(sticks, signal, async ({ target, volume, startByte, onFilled }) => {
        await target.device.write(content, startByte + volume.files[index]!.at + position)
        onFilled(Math.min(content.length, file.bytes - position))
      })
      // Told where it is awaited.
      writing.catch(() => {})
      at += filled
      filled = 0
      ;[buffer, other] = [other, buffer]
    }
    try {
      for await (const chunk of file.open(digests))
        for (let taken = 0; taken < chunk.length;) {
          if (at + filled + chunk.length - taken > file.bytes)
            throw new FlashError(
              'corrupt',
              `${file.name} is longer than the ${file.bytes} bytes that were announced`,
            )
          const count = chunk.copy(buffer, filled, taken)
          taken += count
          filled += count
          if (filled === CHUNK_BYTES) await flush()
        }
      if (filled > 0) await flush()
    } finally {
      await writing
    }
    if (at !== file.bytes)
      throw new FlashError('truncated', `${file.name} has ${at} bytes; ${file.bytes} were announced`)
    return hash.digest('hex')
  }
}

/** A failure ends the stick that it happened on. Throws when none is left, and when the burn is cancelled. */
async function onEach(
  sticks: readonly FillTarget[],
  signal: AbortSignal,
  step: (stick: FillTarget) => Promise<void>,
): Promise<void> {
  const live = sticks.filter(({ target }) => target.isLive)
  await Promise.all(live.map((stick) => step(stick).catch((error: unknown) => stick.target.fail(error))))
  signal.throwIfAborted()
  if (!sticks.some(({ target }) => target.isLive)) throw new FlashError('device', 'no stick is left')
}

/** No old volume is found while the new one is made. */
async function clearStart({ target, volume, startByte }: FillTarget): Promise<void> {
  const { at, bytes } = volume.fat
  const zeros = zeroBuffer()
  await target.device.write(zeros.subarray(0, roundUp(volume.stretches[0]!.content.length, UNIT)), startByte)
  for (let done = 0; done < bytes; done += zeros.length)
    await target.device.write(
      zeros.subarray(0, roundUp(Math.min(zeros.length, bytes - done), UNIT)),
      startByte + at + done,
    )
}

/** The boot region last: from then on there is a volume. */
async function writeVolume({ target, volume, startByte }: FillTarget): Promise<void> {
  const [boot, ...others] = volume.stretches
  const put = async ({ at, content }: { at: number; content: Buffer }) => {
    const aligned = alignedBuffers(1, roundUp(content.length, UNIT))[0]!
    content.copy(aligned)
    await target.device.write(aligned, startByte + at)
  }
  for (const stretch of others) await put(stretch)
  await target.device.sync()
  await put(boot!)
  await target.device.sync()
}

async function check(
  { target, volume, startByte, onChecked }: FillTarget,
  files: readonly FillFile[],
  digests: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const { path, device } = target
  const buffer = alignedBuffers(1, CHUNK_BYTES)[0]!
  const read = async (at: number, bytes: number) => {
    const part = buffer.subarray(0, roundUp(bytes, UNIT))
    await device.read(part, startByte + at)
    return part.subarray(0, bytes)
  }
  for (const { at, content } of volume.stretches)
    for (let done = 0; done < content.length; done += CHUNK_BYTES) {
      const expected = content.subarray(done, done + CHUNK_BYTES)
      if (!(await read(at + done, expected.length)).equals(expected))
        throw new FlashError(
          'verify',
          `${path} reads back another file system than was written at ${startByte + at + done}`,
        )
    }
  for (const [index, { name, bytes }] of files.entries()) {
    const hash = createHash('sha256')
    const { at } = volume.files[index]!
    for (let done = 0; done < bytes; done += CHUNK_BYTES) {
      signal.throwIfAborted()
      const part = await read(at + done, Math.min(CHUNK_BYTES, bytes - done))
      hash.update(part)
      onChecked(part.length)
    }
    if (hash.digest('hex') !== digests.get(name))
      throw new FlashError('verify', `${path} reads back another ${name} than was written`)
  }
}
