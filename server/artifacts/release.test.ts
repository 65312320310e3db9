import { deepEqual, equal, match, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { noteUrl, releaseBase, releaseOf, type ReleaseSource } from './release.ts'

const own: ReleaseSource = { base: 'https://github.com', repo: 'safl/bty' }
const other: ReleaseSource = { base: 'https://mirror.example/gh', repo: 'lab/media' }
const note = (version: string, tag: string) => ({ version, tag, files: new Map() })

const found: [
  source: ReleaseSource,
  tag: string,
  note: ReturnType<typeof note> | null,
  at: string,
  version: string,
][] = [
  [own, 'latest', null, 'https://github.com/safl/bty/releases/download/v0.1.0/', '0.1.0'],
  [
    own,
    'latest',
    note('0.61.0', 'v0.61.0'),
    'https://github.com/safl/bty/releases/download/v0.61.0/',
    '0.61.0',
  ],
  [own, 'v0.60.0', null, 'https://github.com/safl/bty/releases/download/v0.60.0/', '0.60.0'],
  [own, 'nightly', null, 'https://github.com/safl/bty/releases/download/nightly/', 'nightly'],
  [
    own,
    'nightly',
    note('0.62.0', 'nightly'),
    'https://github.com/safl/bty/releases/download/nightly/',
    '0.62.0',
  ],
  [other, 'v2', null, 'https://mirror.example/gh/lab/media/releases/download/v2/', '2'],
  [
    other,
    'latest',
    note('2.1', 'v2.1'),
    'https://mirror.example/gh/lab/media/releases/download/v2.1/',
    '2.1',
  ],
]
for (const [source, tag, said, at, version] of found)
  test(`${source.repo} ${tag}${said === null ? '' : ' with release.toml'} is ${version}`, () => {
    const release = releaseOf(source, tag, said, '0.1.0')
    deepEqual([release.baseUrl, release.trio.version], [at, version])
  })

const refused: [source: ReleaseSource, tag: string, said: ReturnType<typeof note> | null, why: RegExp][] = [
  [other, 'latest', null, /lab\/media has no release\.toml .* give a tag/],
  [own, 'v1', note('2', 'v2'), /release\.toml of v1 says that it belongs to v2/],
  [own, '..', null, /cannot be the tag/],
  [{ ...own, repo: 'a/b/c' }, 'v1', null, /owner\/repo/],
  [{ ...own, repo: '..' }, 'v1', null, /owner\/repo/],
  [{ ...own, repo: 'a/..' }, 'v1', null, /owner\/repo/],
]
for (const [source, tag, said, why] of refused)
  test(`${source.repo} ${tag} is refused: ${why.source}`, () =>
    throws(
      () => releaseOf(source, tag, said, '0.1.0'),
      (error: Error) => (match(error.message, why), true),
    ))

test('release.toml stands where GitHub puts it', () => {
  equal(noteUrl(own, 'latest'), 'https://github.com/safl/bty/releases/latest/download/release.toml')
  equal(noteUrl(own, 'v1'), 'https://github.com/safl/bty/releases/download/v1/release.toml')
})

const bases: [text: string, base: string | null][] = [
  ['https://github.com', 'https://github.com'],
  [' http://192.0.2.1:3000/gh// ', 'http://192.0.2.1:3000/gh'],
  ['github.com', null],
  ['file:///srv', null],
  ['https://user:word@mirror.example', null],
  ['https://mirror.example/?a=1', null],
  ['', null],
]
for (const [text, base] of bases)
  test(`the release base ${JSON.stringify(text)} is ${base}`, () => equal(releaseBase(text), base))
