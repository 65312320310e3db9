/** What a disk holds at a moment when the power may fail: nothing that boots, until all of the image is verified. */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { flashImage } from '../../flasher/flash/flash.ts'
import type { FlashProgress } from '../../flasher/flash/progress.ts'
import { testDisk } from '../../flasher/testing/disk.ts'
import { noise } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'

const MiB = 1024 * 1024
const BLOCK_BYTES = 4 * MiB
const IMAGE = noise(12 * MiB)

const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0)

test('the first block is written last, after everything else has been read back', async () => {
  using disk = testDisk(16 * MiB)
  let sendRest = () => {}
  await using origin = await startOrigin((request, response) => {
    if (request.url!.endsWith('.bmap')) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-length': IMAGE.length }).write(IMAGE.subarray(0, 9 * MiB))
    sendRest = () => response.end(IMAGE.subarray(9 * MiB))
  })
  const seen: string[] = []
  /** Looks at the disk once in each phase, as late as the phase lets it. */
  const onProgress = ({ phase, bytesWritten }: FlashProgress) => {
    const isHalfWritten = phase === 'write' && bytesWritten >= 2 * BLOCK_BYTES
    if (seen.includes(phase) || !(isHalfWritten || phase === 'verify')) return
    seen.push(phase)
    const content = disk.content()
    sendRest()
    ok(isZero(content.subarray(0, MiB)), `${phase}: the first MiB`)
    ok(isZero(content.subarray(-MiB)), `${phase}: the last MiB`)
    ok(content.subarray(BLOCK_BYTES, 2 * BLOCK_BYTES).equals(IMAGE.subarray(BLOCK_BYTES, 2 * BLOCK_BYTES)))
  }
  await flashImage(
    {
      src: `${origin.url}/a.img`,
      format: null,
      sha256: null,
      target: { path: disk.path, serial: null },
    },
    { signal: new AbortController().signal, allowFile: true, onProgress },
  )
  equal(seen.join(), 'write,verify')
  ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
})
