/** `kill -9` at any moment of a download: after the restart it is gone on with, and what is served is right to the byte. */
import { equal, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { cachePath } from '../../server/cache/key.ts'
import { seededRandom } from '../harness/random.ts'
import { tempDir } from '../harness/temp.ts'
import { fetchBytes, noise, sha256, until } from './cache.ts'
import { startOrigin } from './origin.ts'

const ROUNDS = Number(process.env['BTY_KILL_ROUNDS'] ?? 8)
const SEED = Number(process.env['BTY_SEED'] ?? 20261124)
const BODY = noise(8 * 1024 * 1024 + 5, 7)

async function startChild(dir: string): Promise<{ child: ChildProcess; base: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [base] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { child, base }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test(`killed ${ROUNDS} times in the middle of a download and of its end (seed ${SEED})`, async (t) => {
  const random = seededRandom(SEED)
  const dir = tempDir(t)
  let resumed = 0
  const origin = await startOrigin(t, ({ range }) => {
    if (range !== null) resumed++
    return { body: BODY }
  })
  for (let round = 0; round < ROUNDS; round++) {
    const src = `${origin.url}/${round}.img.gz`
    let { child, base } = await startChild(dir)
    // The last rounds are killed at the very end: while the digest is compared, the file flushed and renamed.
    const killAt = Math.floor(BODY.length * (round % 2 === 0 ? random() * 0.9 : 0.99))
    const wait = random() * 30
    const victim = child
    let isKilled: Promise<void> | null = null
    const first = await fetchBytes(base + cachePath(src), {}, 'GET', (bytes) => {
      if (bytes < killAt || isKilled !== null) return
      if (round % 2 === 0) isKilled = kill(victim)
      else isKilled = new Promise((resolve) => setTimeout(resolve, wait)).then(() => kill(victim))
    }).catch(() => null)
    ok(first === null || BODY.subarray(0, first.body.length).equals(first.body))
    await (isKilled ?? kill(victim))
    ;({ child, base } = await startChild(dir))
    const got = await fetchBytes(base + cachePath(src))
    equal(got.status, 200)
    ok(got.body.equals(BODY), `round ${round}: what is served differs from the origin`)
    await kill(child)
    ;({ child, base } = await startChild(dir))
    const again = await fetchBytes(base + cachePath(src))
    ok(again.body.equals(BODY), `round ${round}: after the next restart`)
    const head = () => fetchBytes(base + cachePath(src), {}, 'HEAD')
    await until(async () => (await head()).headers['x-withcache-sha256'] !== undefined)
    equal((await head()).headers['x-withcache-sha256'], sha256(BODY))
    await kill(child)
  }
  ok(resumed > 0, 'no download was resumed')
})
