import { deepEqual, equal, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { withWorkFolder } from './work-folder.ts'

const out = await mkdtemp(join(tmpdir(), 'bty-work-'))
after(() => rm(out, { recursive: true, force: true }))

test('the folder goes away after an end and after a failure', async () => {
  const inside = await withWorkFolder(out, async (folder) => {
    await writeFile(join(folder, 'x'), 'x')
    return readdir(out)
  })
  equal(inside.length, 1)
  await rejects(
    withWorkFolder(out, () => Promise.reject(new Error('no'))),
    /no/,
  )
  deepEqual(await readdir(out), [])
})

/** A build that hangs in a step, as a process of its own. */
const HANGS = `
import { withWorkFolder } from ${JSON.stringify(join(import.meta.dirname, 'work-folder.ts'))}
import { run } from ${JSON.stringify(join(import.meta.dirname, 'run.ts'))}
const cancel = new AbortController()
process.once('SIGINT', () => cancel.abort())
await withWorkFolder(process.argv[1], async () => {
  console.log('begun')
  await run('sleep', ['1000'], { signal: cancel.signal })
}).catch(() => {})
`

for (const [signal, left] of [
  ['SIGINT', 0],
  ['SIGKILL', 1],
] as const)
  test(`a build that gets ${signal} leaves ${left} folders, and the next build none`, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HANGS, out], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    await once(child.stdout, 'data')
    equal((await readdir(out)).length, 1)
    // The whole group, as a terminal's Ctrl-C does.
    process.kill(-child.pid!, signal)
    await once(child, 'close')
    equal((await readdir(out)).length, left)
    await withWorkFolder(out, async () => {})
    deepEqual(await readdir(out), [])
  })

test('a build that runs keeps its folder', async () => {
  await withWorkFolder(out, async (first) => {
    await withWorkFolder(out, async () => {})
    equal((await readdir(out)).length, 1, first)
  })
})
