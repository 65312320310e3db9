import { deepEqual, equal, match, throws } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockChanges, lockedFiles, lockText, parseLock } from './lock.ts'
import type { Lock, LockedFile } from './lock.ts'
import { lockPath } from './open.ts'
import { readUris } from './resolve.ts'
import { SETS, setsOf } from './sets.ts'
import type { PackageSet } from './sets.ts'

const FILE: LockedFile = {
  archive: 'main',
  path: 'pool/main/a/a/a_1%2b2_amd64.deb',
  sizeBytes: 100,
  sha256: 'a'.repeat(64),
}
const set: PackageSet = { suite: 'trixie', asked: ['a'], withDependencies: true }
const lock = (change: Partial<LockedFile> = {}, name = 'a_1+2_amd64.deb'): Lock => ({
  sets: { system: { suite: 'trixie', asked: ['a'], files: [name] } },
  files: { [name]: { ...FILE, ...change } },
})
const read = (made: Lock) => parseLock(lockText(made), 'x.lock.json')

test('a lock is read as it was written', () => {
  deepEqual(read(lock()), lock())
  deepEqual(lockedFiles(lock(), 'system', set), [['a_1+2_amd64.deb', FILE]])
})

const wrong: [what: string, text: string, why: RegExp][] = [
  ['no JSON', '{', /it is no JSON/],
  ['no lock', '{}', /"sets" or "files" is missing/],
  ['a path out of the pool', lockText(lock({ path: 'pool/../../etc/a.deb' })), /no path below pool/],
  ['an address', lockText(lock({ path: 'http://elsewhere/a.deb' })), /no path below pool/],
  ['a short hash', lockText(lock({ sha256: 'abc' })), /no sha256/],
  ['no size', lockText(lock({ sizeBytes: 0 })), /no size/],
  ['a name with a folder', lockText(lock({}, '../a_1_amd64.deb')), /no name of a package file/],
  ['a file that it does not describe', lockText({ ...lock(), files: {} }), /does not describe/],
]
for (const [what, text, why] of wrong)
  test(`a lock with ${what} is refused, and the error says what to do`, () => {
    throws(() => parseLock(text, 'x.lock.json'), why)
    throws(() => parseLock(text, 'x.lock.json'), /^Error: x\.lock\.json: .*npm run media -- lock/)
  })

test('a lock of another recipe is refused', () => {
  throws(
    () => lockedFiles(lock(), 'system', { ...set, asked: ['a', 'b'] }),
    /written for another recipe.*media -- lock/,
  )
  throws(() => lockedFiles(lock(), 'kernel', set), /set "kernel"/)
})

test('apt tells address, name, size and hash of each file', () => {
  const text = `Reading package lists...
'http://m.example/debian/pool/main/b/b/b_1%2bx_amd64.deb' b_1%3a1+x_amd64.deb 955316 SHA256:${'b'.repeat(64)}
'http://s.example/debian-security/pool/updates/main/c/c_2_amd64.deb' c_2_amd64.deb 7 SHA256:${'c'.repeat(64)}
`
  const mirrors = { main: 'http://m.example/debian', security: 'http://s.example/debian-security/' }
  deepEqual(
    readUris(text, mirrors).map(([name, { archive, path, sizeBytes }]) => [name, archive, path, sizeBytes]),
    [
      ['b_1%3a1+x_amd64.deb', 'main', 'pool/main/b/b/b_1%2bx_amd64.deb', 955316],
      ['c_2_amd64.deb', 'security', 'pool/updates/main/c/c_2_amd64.deb', 7],
    ],
  )
  throws(() => readUris(text, { ...mirrors, security: null }), /none of this machine's Debian mirrors/)
})

test('a new lock tells what has changed', () => {
  deepEqual(lockChanges(lock(), lock({}, 'a_3_amd64.deb')), ['a: 1+2 -> 3'])
  deepEqual(lockChanges(null, lock()), ['a: new -> 1+2'])
})

const root = join(import.meta.dirname, '../..')
for (const arch of Object.keys(SETS) as (keyof typeof SETS)[])
  test(`the lock of ${arch} in this repository is the one of its recipe`, async () => {
    const text = await readFile(lockPath(root, arch), 'utf8')
    const held = parseLock(text, arch)
    for (const [name, wanted] of Object.entries(setsOf(arch)))
      equal(lockedFiles(held, name, wanted).length > 0, true, name)
    equal(text, lockText(held))
    match(Object.keys(held.files).join('\n'), /^linux-image-\d/m)
  })
