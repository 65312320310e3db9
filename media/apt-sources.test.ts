import { deepEqual, equal, match, doesNotMatch } from 'node:assert/strict'
import { test } from 'node:test'
import { findMirrors, sourcesFor } from './apt-sources.ts'
import type { Mirrors } from './apt-sources.ts'

const cases: [rule: string, files: Record<string, string>, mirrors: Mirrors | null][] = [
  [
    'deb822 with comments inside a paragraph',
    {
      'debian.sources':
        'Types: deb\n# http://snapshot.example/\nURIs: http://m.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n' +
        'Types: deb\nURIs: http://m.example/debian-security\nSuites: bookworm-security\nComponents: main\n',
    },
    { main: 'http://m.example/debian', security: 'http://m.example/debian-security' },
  ],
  [
    'one line each, with options and a trailing comment',
    {
      'sources.list':
        'deb [arch=amd64 signed-by=/k.gpg] http://m.example/debian trixie main contrib # ours\ndeb http://s.example/debian-security trixie-security main\n',
    },
    { main: 'http://m.example/debian', security: 'http://s.example/debian-security' },
  ],
  [
    'fields continued on the next line',
    { 'd.sources': 'Types: deb deb-src\nURIs:\n http://m.example/debian\nSuites: sid\nComponents: main\n' },
    { main: 'http://m.example/debian', security: null },
  ],
  [
    'a commented line does not count',
    { 'sources.list': '# deb http://m.example/debian trixie main\n' },
    null,
  ],
  ['deb-src does not count', { 'sources.list': 'deb-src http://m.example/debian trixie main\n' }, null],
  [
    'a disabled paragraph does not count',
    {
      'd.sources':
        'Enabled: no\nTypes: deb\nURIs: http://m.example/debian\nSuites: trixie\nComponents: main\n',
    },
    null,
  ],
  [
    'other archives beside Debian are passed over',
    {
      'a.list': 'deb https://docker.example/linux/debian bookworm stable\n',
      'b.sources': 'Types: deb\nURIs: https://node.example/x\nSuites: nodistro\nComponents: main\n',
      'c.list': 'deb http://m.example/debian bookworm main\n',
    },
    { main: 'http://m.example/debian', security: null },
  ],
  [
    'a relative that is not Debian',
    { 'sources.list': 'deb http://u.example/ubuntu noble main universe\n' },
    null,
  ],
]

for (const [rule, files, mirrors] of cases)
  test(`apt sources: ${rule}`, () => {
    deepEqual(findMirrors(Object.entries(files).map(([name, text]) => ({ name, text }))), mirrors)
  })

test('a suite comes with its updates and security archives, backports with those of its release', () => {
  const lines = sourcesFor({ main: 'http://m/d', security: 'http://s/d' }, 'bookworm-backports', '/k.gpg')
    .trim()
    .split('\n')
  deepEqual(
    lines.map((line) => line.split(' ').slice(2, 4)),
    [
      ['http://m/d', 'bookworm'],
      ['http://m/d', 'bookworm-updates'],
      ['http://s/d', 'bookworm-security'],
      ['http://m/d', 'bookworm-backports'],
    ],
  )
})

test('sid has no updates, and without a security mirror there is no security line', () => {
  equal(sourcesFor({ main: 'http://m/d', security: 'http://s/d' }, 'sid', '/k').trim().split('\n').length, 1)
  const trixie = sourcesFor({ main: 'http://m/d', security: null }, 'trixie', '/k')
  doesNotMatch(trixie, /security/)
  match(trixie, /^deb \[signed-by=\/k\] http:\/\/m\/d trixie main non-free-firmware$/m)
})
