import { equal, rejects } from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buildCacheDir, fetchPackages, unpack } from './debian.ts'
import { run } from './run.ts'

const dir = await mkdtemp(join(tmpdir(), 'bty-debian-'))
after(() => rm(dir, { recursive: true, force: true }))

async function makeDeb(name: string, path: string, text: string): Promise<string> {
  const root = join(dir, name)
  await mkdir(join(root, 'DEBIAN'), { recursive: true })
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), text)
  await writeFile(join(root, 'DEBIAN/postinst'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await writeFile(
    join(root, 'DEBIAN/control'),
    `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n`,
  )
  const deb = join(dir, `${name}.deb`)
  await run('dpkg-deb', ['--root-owner-group', '-b', root, deb])
  return deb
}

test('packages are unpacked over each other, their scripts are not run', async () => {
  const debs = [await makeDeb('one', 'usr/share/one', '1'), await makeDeb('two', 'usr/share/two', '2')]
  await unpack(debs, join(dir, 'root'))
  equal(await readFile(join(dir, 'root/usr/share/one'), 'utf8'), '1')
  equal(await readFile(join(dir, 'root/usr/share/two'), 'utf8'), '2')
})

test('a broken package is an error that names it', async () => {
  await writeFile(join(dir, 'bad.deb'), 'not a package')
  await rejects(unpack([join(dir, 'bad.deb')], join(dir, 'x')), /dpkg-deb .*bad\.deb/)
})

test('a suite that is not a name is refused before anything runs', async () => {
  await rejects(fetchPackages({ suite: '../x', packages: ['a'] }), /not a Debian suite/)
})

const homes: [env: NodeJS.ProcessEnv, expected: RegExp][] = [
  [{ BTY_BUILD_CACHE: '/c' }, /^\/c$/],
  [{ XDG_CACHE_HOME: '/x' }, /^\/x\/bty-console$/],
  [{ XDG_CACHE_HOME: '' }, /\/\.cache\/bty-console$/],
]
for (const [env, expected] of homes)
  test(`build cache for ${JSON.stringify(env)}`, () => equal(expected.test(buildCacheDir(env)), true))
