import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { scanImageRoot } from './image-root.ts'
import { loadImages } from './load-images.ts'

const root = mkdtempSync(join(tmpdir(), 'bty-images-'))
after(() => rmSync(root, { recursive: true }))
const put = (name: string, text: string) => writeFileSync(join(root, name), text)
const digest = 'A'.repeat(64)
put('b-arm64.img.gz', 'bb')
put('a.IMG', 'a')
put('a.IMG.sha256', `${digest}  a.IMG\n`)
put('c.qcow2', 'ccc')
put('c.qcow2.sha256', 'not a digest')
put('d.img.zst', '')
put('d.img.zst.sha256', `${'1'.repeat(64)}  other\n${'2'.repeat(64)}  d.img.zst\n`)
put('notes.txt', '')
put('e.tar.gz', '')
mkdirSync(join(root, 'dir.img'))
symlinkSync(join(root, 'a.IMG'), join(root, 'link.img'))
symlinkSync('nowhere', join(root, 'broken.img'))

test('the image root: files with a known extension, by name, with the digest beside them', async () => {
  deepEqual(
    (await scanImageRoot(root)).map(({ name, format, arch, sizeBytes, sha256 }) => [
      name,
      format,
      arch,
      sizeBytes,
      sha256?.slice(0, 3) ?? null,
    ]),
    [
      ['a.IMG', 'img', null, 1, 'aaa'],
      ['b-arm64.img.gz', 'img.gz', 'arm64', 2, null],
      ['c.qcow2', 'qcow2', null, 3, null],
      ['d.img.zst', 'img.zst', null, 0, '222'],
    ],
  )
})

for (const missing of ['/no/such/dir', '/dev/null'])
  test(`${missing} holds no images`, async () => deepEqual(await scanImageRoot(missing), []))

const never = new AbortController().signal
const catalog = (...entries: [string, string][]) =>
  `version = 1\n${entries.map(([name, src]) => `[[images]]\nname = "${name}"\nsrc = "${src}"\n`).join('')}`

test('the catalog in the image root comes before the one asked for, and each address once', async () => {
  put('catalog.toml', catalog(['stick', 'http://h/a.img'], ['both', 'http://h/b.img']))
  const asked = join(root, 'asked.toml')
  writeFileSync(asked, catalog(['again', 'http://H:80/b.img'], ['asked', 'http://h/c.img']))
  const names = async (source: string | null) =>
    (await loadImages(root, source, never)).images.map(({ name }) => name).slice(4)
  deepEqual(await names(asked), ['stick', 'both', 'asked'])
  deepEqual(await names(null), ['stick', 'both'])
  deepEqual(await names(join(root, 'catalog.toml')), ['stick', 'both'])
})

test('a catalog that cannot be read is told, and the local files stay', async () => {
  put('catalog.toml', 'version = 2')
  const { images, problems } = await loadImages(root, '/no/such.toml', never)
  equal(images.length, 4)
  equal(problems.length, 2)
  match(problems.join('\n'), /catalog\.toml cannot be read: .*version/)
  match(problems.join('\n'), /such\.toml cannot be read: ENOENT/)
})

test('a relative src names the file beside its catalog, which is then listed once, by its name in the catalog', async () => {
  const stick = mkdtempSync(join(root, 'stick-'))
  writeFileSync(join(stick, 'debian.img.zst'), 'd')
  writeFileSync(join(stick, 'other.img'), 'o')
  writeFileSync(
    join(stick, 'catalog.toml'),
    catalog(['Debian 13', 'debian.img.zst'], ['far', 'http://h/f.img']),
  )
  const { images, problems } = await loadImages(stick, null, never)
  deepEqual(
    images.map(({ name, src, source }) => [name, src, source]),
    [
      ['Debian 13', join(stick, 'debian.img.zst'), 'local'],
      ['other.img', join(stick, 'other.img'), 'local'],
      ['far', 'http://h/f.img', 'remote'],
    ],
  )
  deepEqual(problems, [])
})

test('a relative src that leads out of the folder of its catalog is told and left out', async () => {
  const stick = mkdtempSync(join(root, 'stick-'))
  writeFileSync(join(stick, 'catalog.toml'), catalog(['out', '../a.IMG']))
  const { images, problems } = await loadImages(stick, null, never)
  deepEqual(images, [])
  match(problems.join(), /image out of the catalog .* no usable src: \.\.\/a\.IMG/)
})
