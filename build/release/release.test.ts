import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { readReleaseToml } from '../../server/artifacts/release-toml.ts'
import { isAttached } from './assets.ts'
import { gatherRelease } from './main.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const repository = join(import.meta.dirname, '../..')

function built(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'bty-release-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(repository, name), join(root, name))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const iso = `bty-usbboot-pc-x86_64-v${version}.iso`

for (const [folder, name, attached] of [
  ['dist/media', iso, true],
  ['dist/media', `bty-netboot-pc-x86_64-v${version}.sha256`, true],
  ['dist/media', 'usbboot.part', false],
  ['dist/packages', `bty-console-headless_${version}_amd64.deb`, true],
  ['dist/packages', 'builder-debug.yml', false],
  ['dist/packages', iso, false],
] as const)
  test(`${folder}/${name} is ${attached ? '' : 'not '}attached`, () =>
    equal(isAttached(folder, name), attached))

test('a release holds what was built of this version, and our own server can read its manifest', async (t) => {
  const root = built(t, {
    [`dist/media/${iso}`]: 'medium',
    [`dist/media/${iso}.sha256`]: `${sha('medium')}  ${iso}\n`,
    'dist/media/bty-usbboot-pc-x86_64-v0.0.1.iso': 'old',
    [`dist/packages/bty-console-headless_${version}_amd64.deb`]: 'package',
  })
  const assets = await gatherRelease({ root, nowMs: NOW })
  const bill = `bty-console-${version}.cdx.json`
  deepEqual(
    assets.map(({ name }) => name),
    [bill, `bty-console-headless_${version}_amd64.deb`, iso, `${iso}.sha256`],
  )
  const toml = readFileSync(join(root, 'dist/release/release.toml'), 'utf8')
  match(toml, /^released = "2026-01-02T03:04:05Z"$/m)
  const note = readReleaseToml(toml, 'release.toml')
  equal(note.version, version)
  equal(note.files.get(iso)?.sha256, sha('medium'))
  equal(note.files.has(`${iso}.sha256`), false)
  match(
    readFileSync(join(root, 'dist/release/SHA256SUMS'), 'utf8'),
    new RegExp(`^${sha('package')}  bty-console`, 'm'),
  )

  const { components } = JSON.parse(readFileSync(join(root, 'dist/release', bill), 'utf8')) as {
    components: { name: string }[]
  }
  const names = components.map(({ name }) => name)
  deepEqual([names.includes('koa'), names.includes('prettier')], [true, false])
})

test('a file that no longer fits its digest file is not released', async (t) => {
  const root = built(t, {
    [`dist/media/${iso}`]: 'newer',
    [`dist/media/${iso}.sha256`]: `${sha('medium')}  ${iso}\n`,
  })
  await rejects(gatherRelease({ root, nowMs: NOW }), /has changed since/)
})

test('a digest file without its file is not released', async (t) => {
  const root = built(t, { [`dist/media/${iso}.sha256`]: `${sha('medium')}  ${iso}\n` })
  await rejects(gatherRelease({ root, nowMs: NOW }), /which was not built/)
})

test('with nothing built there is no release', async (t) => {
  await rejects(gatherRelease({ root: built(t, {}), nowMs: NOW }), /nothing of version/)
})
