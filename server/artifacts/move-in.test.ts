import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../../tests/harness/temp.ts'
import { moveIn, recoverBootFolder } from './move-in.ts'

const quiet = () => undefined
const log = {
  debug: quiet,
  info: quiet,
  warn: (text: string) => {
    throw new Error(text)
  },
  error: quiet,
}
const NAMES = ['manifest', 'squashfs', 'initrd', 'kernel']

/** A boot folder that has an old kernel and manifest, and new files ready in a folder inside it. */
function prepared(t: TestContext, names = NAMES) {
  const boot = tempDir(t)
  for (const name of ['kernel', 'manifest', 'ipxe.efi']) writeFileSync(join(boot, name), `old ${name}`)
  const temp = join(boot, 'bty-boot-abc123')
  mkdirSync(temp)
  for (const name of names) writeFileSync(join(temp, name), `new ${name}`)
  return { boot, temp }
}

function contents(dir: string): Record<string, string> {
  const names = readdirSync(dir).filter((name) => !name.startsWith('bty-boot-'))
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(dir, name), 'utf8')]))
}

const OLD = { 'ipxe.efi': 'old ipxe.efi', kernel: 'old kernel', manifest: 'old manifest' }
const NEW = {
  initrd: 'new initrd',
  'ipxe.efi': 'old ipxe.efi',
  kernel: 'new kernel',
  manifest: 'new manifest',
  squashfs: 'new squashfs',
}

test('all files are moved in', async (t) => {
  const { boot, temp } = prepared(t)
  await moveIn(NAMES, temp, boot)
  deepEqual(contents(boot), NEW)
})

for (const absent of NAMES)
  test(`a rename that fails at ${absent} leaves the old files, and nothing new`, async (t) => {
    const { boot, temp } = prepared(
      t,
      NAMES.filter((name) => name !== absent),
    )
    await rejects(moveIn(NAMES, temp, boot), { code: 'ENOENT' })
    deepEqual(contents(boot), OLD)
  })

test('a folder in the place of a file is refused before anything moves', async (t) => {
  const { boot, temp } = prepared(t)
  mkdirSync(join(boot, 'initrd'))
  await rejects(moveIn(NAMES, temp, boot), /initrd is a folder/)
  rmSync(join(boot, 'initrd'), { recursive: true })
  deepEqual(contents(boot), OLD)
})

/** What a process that was killed after `moved` renames has left. */
function killedAfter(t: TestContext, moved: number, direction: 'forward' | 'back') {
  const { boot, temp } = prepared(t)
  mkdirSync(join(temp, 'old'))
  for (const name of ['kernel', 'manifest']) writeFileSync(join(temp, 'old', name), `old ${name}`)
  const journal = JSON.stringify({ names: NAMES, fresh: ['squashfs', 'initrd'] })
  writeFileSync(join(temp, `journal.${direction}`), journal)
  for (const name of NAMES.slice(0, moved)) renameSync(join(temp, name), join(boot, name))
  return boot
}
for (let moved = 0; moved <= NAMES.length; moved++) {
  test(`killed after ${moved} renames: the next start finishes the installation`, async (t) => {
    const boot = killedAfter(t, moved, 'forward')
    await recoverBootFolder(boot, log)
    deepEqual(contents(boot), NEW)
    equal(readdirSync(boot).length, 5)
  })
  test(`killed while ${moved} renames were undone: the next start undoes the rest`, async (t) => {
    const boot = killedAfter(t, moved, 'back')
    await recoverBootFolder(boot, log)
    deepEqual(contents(boot), OLD)
    equal(readdirSync(boot).length, 3)
  })
}

test('a folder without a journal is removed, another folder is left alone', async (t) => {
  const { boot } = prepared(t)
  mkdirSync(join(boot, 'mine'))
  writeFileSync(join(boot, 'bty-boot-file'), 'not a folder')
  await recoverBootFolder(boot, log)
  deepEqual(readdirSync(boot).toSorted(), ['bty-boot-file', 'ipxe.efi', 'kernel', 'manifest', 'mine'])
  await recoverBootFolder(join(boot, 'absent'), log)
})

test('a journal that was cut short means that nothing has moved yet', async (t) => {
  const { boot, temp } = prepared(t)
  writeFileSync(join(temp, 'journal.forward'), '{"names":["ke')
  await recoverBootFolder(boot, log)
  deepEqual(contents(boot), OLD)
})
