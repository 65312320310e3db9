/** A flashing process that is ended from outside, in each phase and by each signal. */
import { equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { flashTargets } from '../../flasher/flash/targets.ts'
import { OLD_BYTE, testDisk } from '../../flasher/testing/disk.ts'
import { noise } from '../../flasher/testing/images.ts'
import { startOrigin } from '../../flasher/testing/origin.ts'

const MiB = 1024 * 1024
const IMAGE = noise(48 * MiB)
const DISK_BYTES = 64 * MiB
const CHILD = join(import.meta.dirname, '../../flasher/testing/flash-process.ts')
const isZero = (bytes: Buffer) => bytes.every((byte) => byte === 0)

/** What the origin sends before it falls silent, so that the process stays in its phase. */
const phases: [until: string, sentBytes: number | null][] = [
  ['download', null],
  ['writing', 20 * MiB],
  ['verify', IMAGE.length],
]

for (const name of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const)
  for (const [until, sentBytes] of phases)
    test(`ended by ${name} in the phase ${until}, a flash leaves nothing that looks bootable`, async () => {
      using disk = testDisk(DISK_BYTES)
      let isWhole = false
      await using origin = await startOrigin((request, response) => {
        if (request.url!.endsWith('.bmap')) return void response.writeHead(404).end()
        if (sentBytes === null && !isWhole) return
        response.writeHead(200, { 'content-length': IMAGE.length })
        if (isWhole) response.end(IMAGE)
        else response.write(IMAGE.subarray(0, sentBytes!))
      })
      const src = `${origin.url}/a.img`
      const child = spawn(process.execPath, [CHILD, src, disk.path], { stdio: ['ignore', 'pipe', 'inherit'] })
      const exit = once(child, 'exit')
      let last = ''
      for await (const line of createInterface(child.stdout)) {
        last = line
        if (line === until) child.kill(name)
      }
      const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null]
      const content = disk.content()
      const head = content.subarray(0, MiB)
      if (code === 0) {
        // Reading back was over before the signal came.
        equal(until, 'verify')
        ok(content.subarray(0, IMAGE.length).equals(IMAGE))
      } else if (name === 'SIGKILL') equal(signal, 'SIGKILL')
      else {
        const state = until === 'download' ? 'untouched' : 'empty'
        equal(last, JSON.stringify({ state, code: 'cancelled' }))
      }
      if (code !== 0)
        ok(until === 'download' ? head.every((byte) => byte === OLD_BYTE) : isZero(head), 'does not boot')

      isWhole = true
      const again = await flashTargets(
        { src, format: null, sha256: null, targets: [{ path: disk.path, serial: null }] },
        { signal: new AbortController().signal, allowFile: true },
      )
      equal(again.targets[0]!.error, null, 'nobody holds the target any more')
      ok(disk.content().subarray(0, IMAGE.length).equals(IMAGE))
    })
