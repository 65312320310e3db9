import { equal, rejects } from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fetchLocked, PackageGone } from './fetch.ts'
import type { LockedFile } from './lock.ts'

const cache = await mkdtemp(join(tmpdir(), 'bty-locked-'))
process.env['BTY_BUILD_CACHE'] = cache
after(() => rm(cache, { recursive: true, force: true }))

const options = { log: () => {}, signal: new AbortController().signal }
const file: LockedFile = {
  archive: 'main',
  path: 'pool/main/n/none/none_1_all.deb',
  sizeBytes: 5,
  sha256: '0'.repeat(64),
}

test('a package that the mirror does not have asks for a new lock, and leaves nothing behind', async () => {
  await rejects(fetchLocked('system', [['none_1_all.deb', file]], options), (error: Error) => {
    equal(error instanceof PackageGone, true, String(error))
    return /none_1_all\.deb/.test(error.message) && /npm run media -- lock/.test(error.message)
  })
  equal((await readdir(join(cache, 'debs'))).includes('none_1_all.deb'), false)
  equal(
    (await readdir(join(cache, 'debs'))).some((name) => name.endsWith('.part')),
    false,
  )
})

test('a file in the cache with another content is not taken for the locked one', async () => {
  await mkdir(join(cache, 'debs'), { recursive: true })
  await writeFile(join(cache, 'debs/none_1_all.deb'), 'wrong')
  await rejects(fetchLocked('system', [['none_1_all.deb', file]], options), PackageGone)
})
