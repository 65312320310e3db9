/** A medium built twice from the same packages is the same, byte for byte; a build that is interrupted leaves nothing. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const out = await mkdtemp(join(tmpdir(), 'bty-e2e-media-'))
after(() => rm(out, { recursive: true, force: true }))
const MOUNTS = '/proc/self/mounts'

for (const words of ['kernel modules', '.vmlinuz'])
  test(`a build that is interrupted after "${words}" leaves no folder and no mount`, async () => {
    const mounts = await readFile(MOUNTS, 'utf8')
    const build = spawn(process.execPath, ['media/main.ts', 'usbboot-pc', '--or-newest', '--out', out], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let said = ''
    let errors = ''
    build.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    let interrupted = false
    build.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (interrupted || !said.includes(words)) return
      // As a terminal does for Ctrl-C: the whole group. Once, for a second one would end it without cleaning up.
      interrupted = true
      process.kill(-build.pid!, 'SIGINT')
    })
    const [code] = (await once(build, 'close')) as [number | null]
    equal(code, 1, said + errors)
    match(errors, /cancelled/)
    deepEqual(
      (await readdir(out)).filter((name) => name.startsWith('.')),
      [],
    )
    equal(await readFile(MOUNTS, 'utf8'), mounts)
  })

test('two builds of the ISO and its trio are the same', () => {
  const built = spawnSync(
    process.execPath,
    ['media/main.ts', 'compare', 'usbboot-pc', '--or-newest', '--out', out],
    {
      encoding: 'utf8',
    },
  )
  equal(built.status, 0, built.stdout + built.stderr)
  match(built.stdout, /both builds of usbboot-pc are the same, byte for byte/)
})
