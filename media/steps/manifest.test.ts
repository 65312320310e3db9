import { equal, match } from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { trioNames } from '../recipe.ts'
import { run } from '../run.ts'
import { AMD64 } from '../target.ts'
import { makeManifest } from './manifest.ts'

const work = await mkdtemp(join(tmpdir(), 'bty-manifest-'))
after(() => rm(work, { recursive: true, force: true }))

test('sha256sum accepts the manifest: three files, in order', async () => {
  const names = trioNames('9.9.9')
  await writeFile(join(work, names.kernel), 'kernel')
  await writeFile(join(work, names.initrd), '')
  await writeFile(join(work, names.squashfs), Buffer.alloc(70_000, 7))
  const build = { root: work, out: work, version: '9.9.9', agent: '', node: '', epoch: 0, log: () => {} }
  await makeManifest({ ...build, target: AMD64, work, names, signal: new AbortController().signal })
  const text = await readFile(join(work, names.manifest), 'utf8')
  equal(text.split('\n').length, 4)
  match(text, /^[0-9a-f]{64} {2}bty-netboot-pc-x86_64-v9\.9\.9\.vmlinuz\n/)
  equal((await run('sha256sum', ['-c', names.manifest], { cwd: work })).match(/: OK$/gm)?.length, 3)
})
