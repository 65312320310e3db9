import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_CATALOG_BYTES, parseCatalog } from './catalog.ts'
import { imageRef } from './ref.ts'

const HEX = 'AB'.repeat(32)
const SRC = 'https://x/a'
const image = (lines: string) => `version = 1\n[[images]]\n${lines}\n`
const named = (lines: string) => image(`name = "a-arm64.img.gz"\nsrc = "${SRC}"\n${lines}`)
const first = (toml: string) => parseCatalog(toml, 'here')[0]!

test('reads every key', () =>
  deepEqual(
    first(
      named(
        `sha256 = " ${HEX} "\nformat = "img"\nsize_bytes = 12\ndescription = "d"\narch = "x86_64"\nref = "${imageRef(SRC)}"`,
      ),
    ),
    {
      name: 'a-arm64.img.gz',
      src: SRC,
      sha256: HEX.toLowerCase(),
      format: 'img',
      sizeBytes: 12,
      description: 'd',
      arch: 'x86_64',
      ref: imageRef(SRC),
    },
  ))

test('detects format and architecture from the name where they are absent or empty', () => {
  const { format, arch } = first(named('format = ""\narch = ""'))
  deepEqual([format, arch], ['img.gz', 'arm64'])
})

test('no images is an empty catalog', () => deepEqual(parseCatalog('version = 1', 'here'), []))
test('size_bytes may be a string', () => equal(first(named('size_bytes = "12"')).sizeBytes, 12))
test('a name that is a number becomes text', () => equal(first(image(`name = 7\nsrc = "${SRC}"`)).name, '7'))
test('unknown keys are ignored', () => equal(first(named('netboot_ref = "x"')).name, 'a-arm64.img.gz'))
test('two names may share one src', () =>
  equal(parseCatalog(named('') + `[[images]]\nname = "b"\nsrc = "${SRC}"`, 'here').length, 2))
test('other schemes pass and have no ref', () =>
  equal(first(image('name = "a"\nsrc = "ftp://x/y"')).ref, null))

const refused: [rule: string, toml: string | Uint8Array, message: RegExp][] = [
  ['empty text', '', /catalog at here: version is missing/],
  ['version as text', 'version = "1"', /version is a string/],
  ['version 1.0', 'version = 1.0', /version is a number/],
  ['version true', 'version = true', /version is a boolean/],
  ['version 2', 'version = 2', /version is 2; this program reads version 1/],
  ['not TOML', 'version = ', /catalog at here is not valid TOML: line 1/],
  ['not UTF-8', new Uint8Array([0xff]), /catalog at here is not UTF-8/],
  ['images as a table', 'version = 1\n[images]\na = 1', /images is a table/],
  ['images as text', 'version = 1\nimages = "x"', /images is a string/],
  ['an element that is no table', 'version = 1\nimages = [1]', /element of images is an integer/],
  ['no name', image(`src = "${SRC}"`), /an image has no name/],
  ['no src', image('name = "a"'), /catalog entry 'a': an image has no src/],
  ['a duplicate name', named('') + named('').slice('version = 1\n'.length), /is used twice/],
  ['a bad sha256', named('sha256 = "abc"'), /catalog entry 'a-arm64.img.gz': sha256 is not 64 hex/],
  ['a sha256 that is a number', named('sha256 = 1'), /sha256/],
  ['a ref of another src', named(`ref = "${HEX}"`), /but its src gives 13a94853/],
  ['a ref beside a src without one', image(`name = "a"\nsrc = "ftp://x/y"\nref = "${HEX}"`), /ref is given/],
  ['a local src', image('name = "a"\nsrc = "File:///x"'), /src is file:\/\//],
  ['size_bytes as words', named('size_bytes = "big"'), /size_bytes is not an integer/],
  ['size_bytes negative', named('size_bytes = -1'), /size_bytes is not between/],
  ['a catalog that is too long', ' '.repeat(MAX_CATALOG_BYTES + 1), /the limit is 4194304/],
]
for (const [rule, toml, message] of refused)
  test(`refuses ${rule}`, () => throws(() => parseCatalog(toml, 'here'), { name: 'CatalogError', message }))
