import { deepEqual, equal, match } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { openStore } from '../server/store/open.ts'
import { tempDir } from '../tests/harness/temp.ts'
import { askOn, offerBuiltMedia } from './offer-media.ts'

const STEM = 'bty-netboot-pc-x86_64-v0.1.0'
const PARTS = ['vmlinuz', 'initrd', 'squashfs'].map((part) => `${STEM}.${part}`)

/** A laptop with media built; `wrong` names a file whose digest is another's. */
function laptop(t: TestContext, wrong?: string) {
  const home = tempDir(t)
  const [builtDir, stateDir] = [join(home, 'built'), join(home, 'state')]
  const bootDir = join(stateDir, 'boot')
  mkdirSync(builtDir)
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  const lines = PARTS.map((name) => {
    writeFileSync(join(builtDir, name), name)
    return `${digest(name === wrong ? 'other bytes' : name)}  ${name}\n`
  })
  writeFileSync(join(builtDir, `${STEM}.sha256`), lines.join(''))
  const said: string[] = []
  const offer = (answer: boolean | null) =>
    offerBuiltMedia({
      builtDir,
      bootDir,
      stateDir,
      say: (line) => said.push(line),
      ask: answer === null ? null : async (question) => (said.push(question), answer),
    })
  return { builtDir, bootDir, stateDir, said, offer }
}

const files = (dir: string) => {
  try {
    return readdirSync(dir).sort()
  } catch {
    return []
  }
}

test('yes installs the trio with its event, and it is not offered again', async (t) => {
  const { bootDir, stateDir, said, offer } = laptop(t)
  await offer(true)
  match(said[0]!, /^Install the live media v0\.1\.0 \(0 MB\) that were built here\? \[y\/N\] $/)
  deepEqual(files(bootDir), [...PARTS, `${STEM}.sha256`].sort())

  const store = openStore({ dir: stateDir, version: '0.1.0' })
  const [event] = store.events.list({ limit: 1 })
  store.close()
  deepEqual([event!.kind, event!.subject_id], ['netboot.artifacts.fetched', 'v0.1.0'])

  said.length = 0
  await offer(true)
  deepEqual(said, [])
})

test('no installs nothing', async (t) => {
  const { bootDir, offer } = laptop(t)
  await offer(false)
  deepEqual(files(bootDir), [])
})

test('without a terminal one line names the page that offers it', async (t) => {
  const { bootDir, said, offer } = laptop(t)
  await offer(null)
  equal(said.length, 1)
  match(said[0]!, /Netboot page/)
  deepEqual(files(bootDir), [])
})

test('media that do not match their manifest are refused in one line', async (t) => {
  const { bootDir, said, offer } = laptop(t, PARTS[1])
  await offer(true)
  match(said[1]!, /^not installed: .*initrd/)
  deepEqual(files(bootDir), [])
})

test('a held state directory is said', async (t) => {
  const { bootDir, stateDir, said, offer } = laptop(t)
  const held = openStore({ dir: stateDir, version: '0.1.0' })
  await offer(true)
  held.close()
  match(said[1]!, /^not installed: /)
  deepEqual(files(bootDir), [])
})

test('without media nothing is said', async (t) => {
  const said: string[] = []
  const home = tempDir(t)
  const say = (line: string) => said.push(line)
  await offerBuiltMedia({ builtDir: join(home, 'none'), bootDir: home, stateDir: home, say, ask: null })
  deepEqual(said, [])
})

for (const [typed, yes] of [
  ['y\n', true],
  ['Yes\n', true],
  ['\n', false],
  ['n\n', false],
  ['yup\n', false],
  ['', false],
] as const)
  test(`${JSON.stringify(typed)} means ${yes ? 'yes' : 'no'}`, async () => {
    const input = new PassThrough()
    const answered = askOn(input, new PassThrough(), 'Install? ')
    input.end(typed)
    equal(await answered, yes)
  })
