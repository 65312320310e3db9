import { equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_CATALOG_IMAGES } from '../../flasher/image/catalog.ts'
import { parseAside } from './parse-aside.ts'

const entry = (i: number, more = '') => `[[images]]\nname = "n${i}"\nsrc = "https://e.example/${i}"\n${more}`
const catalog = (count: number, more = '') =>
  Buffer.from(`version = 1\n${Array.from({ length: count }, (_, i) => entry(i, more)).join('')}`)
const FULL = 4 * 1024 * 1024

test('a large catalog gives what a small one gives', async () => {
  const more = 'size_bytes = 7\nformat = "img"\nextra = { a = [1979-05-27, { b = 1.5 }] }\n'
  const large = await parseAside(catalog(MAX_CATALOG_IMAGES, more), 'here')
  equal(large.length, MAX_CATALOG_IMAGES)
  const small = await parseAside(catalog(1, more), 'here')
  equal(JSON.stringify(large[0]), JSON.stringify(small[0]))
})

const padded = (text: string) => Buffer.from(text + '\n#' + 'x'.repeat(200_000))
const refused: [what: string, bytes: Buffer, why: RegExp][] = [
  ['one image too many', catalog(MAX_CATALOG_IMAGES + 1), /lists 10001 images; the limit is 10000/],
  ['no TOML', padded('version = 1\nx'), /^catalog at here is not valid TOML: line 2, column /],
  ['a bad entry', padded('version = 1\n[[images]]\nname = "a"'), /catalog entry 'a': an image has no src/],
  [
    'a table where text belongs',
    padded('version = 1\n[[images]]\nname.x = 1\nsrc = "y"'),
    /name is not text/,
  ],
  [
    'a date where a number belongs',
    padded('version = 1\n[[images]]\nname = "a"\nsrc = "y"\nsize_bytes = 1979-05-27'),
    /size_bytes is not/,
  ],
  ['images that are a table', padded('version = 1\n[images]\na = 1'), /images is a table/],
  ['arrays that are nested without end', Buffer.from(`x = ${'['.repeat(FULL - 4)}`), /excessively nested/],
  [
    'a name that is a tower of tables',
    Buffer.from(`version = 1\n[[images]]\nsrc = "y"\nname.${'a.'.repeat(100_000)}b = 1`),
    /name is not text/,
  ],
  [
    'two million keys inside each other',
    Buffer.from(`${'a.'.repeat(2_000_000)}b = 1`),
    /needs more than 384 MiB to be parsed/,
  ],
  [
    'one string of four million characters',
    Buffer.from(`version = 1\n[[images]]\nsrc = "y"\nname = "${'a'.repeat(FULL - 60)}"`),
    /^catalog entry 'a{100}\.\.\.': name is longer than 1024 characters$/,
  ],
  ['no UTF-8', Buffer.alloc(300_000, 0xff), /is not UTF-8/],
  ['a byte too many', Buffer.alloc(FULL + 1, 0x20), /has 4194305 bytes; the limit is 4194304/],
]
for (const [what, bytes, why] of refused)
  test(`${what} is refused`, () => rejects(parseAside(bytes, 'here'), { name: 'CatalogError', message: why }))

test('a catalog that takes too long is given up', () =>
  rejects(parseAside(catalog(70_000), 'here', 1), { name: 'CatalogError', message: /within 0.001 s/ }))

test('the server goes on while a catalog of the worst kind is parsed', async () => {
  const worst = Buffer.from(`${'a.'.repeat(2_000_000)}b = 1`)
  let ticks = 0
  const ticking = setInterval(() => ticks++, 10)
  const parsed = parseAside(worst, 'here')
  await rejects(parsed)
  clearInterval(ticking)
  ok(ticks > 5, `${ticks} ticks`)
})
