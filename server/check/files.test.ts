import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { checkCache } from './cache.ts'
import { checkLoose, checkSecret, checkSpace } from './files.ts'
import type { Finding } from './finding.ts'

const MiB = 1024 ** 2
const levels = (findings: Finding[]) => findings.map(({ level }) => level)

const spaces: [freeBytes: number, level: Finding['level']][] = [
  [0, 'problem'],
  [511 * MiB, 'problem'],
  [512 * MiB, 'advice'],
  [5119 * MiB, 'advice'],
  [5120 * MiB, 'ok'],
]
for (const [freeBytes, level] of spaces)
  test(`${freeBytes / MiB} MiB free: ${level}`, () => {
    deepEqual(levels(checkSpace([{ dir: '/srv', freeBytes }])), [level])
  })

test('what a running server may be at work on is advice; without one it is a problem', () => {
  const loose = { partials: ['/s/a.partial'], installs: ['/s/bty-boot-1'], aside: [] }
  deepEqual(levels(checkLoose({ running: true, ...loose })), ['advice', 'advice'])
  deepEqual(levels(checkLoose({ running: false, ...loose })), ['problem', 'problem'])
  deepEqual(levels(checkLoose({ running: false, partials: [], installs: [], aside: ['/s/x.bak'] })), [
    'advice',
  ])
  const none = { unreadable: null, objects: [], parts: [], blobs: new Map([['x', 1]]), digests: new Map() }
  deepEqual(levels(checkCache({ ...none, tmp: [] }, true)), ['advice'])
  deepEqual(levels(checkCache({ ...none, tmp: [] }, false)), ['problem'])
})

const secrets: [mode: number, chars: number, levels: Finding['level'][]][] = [
  [0o100640, 43, ['ok']],
  [0o100600, 43, ['ok']],
  [0o100660, 43, ['problem']],
  [0o100644, 43, ['problem']],
  [0o100604, 0, ['problem', 'problem']],
]
for (const [mode, chars, expected] of secrets)
  test(`a secret of mode ${mode.toString(8)} and ${chars} characters: ${expected.join(', ')}`, () => {
    const file = { mode, chars }
    deepEqual(levels(checkSecret({ configured: false, file, hasModes: true })), expected)
  })

test('a mode means nothing where the system keeps none, a file nothing where the secret is configured', () => {
  const file = { mode: 0o100666, chars: 43 }
  deepEqual(levels(checkSecret({ configured: false, file, hasModes: false })), ['ok'])
  deepEqual(levels(checkSecret({ configured: true, file, hasModes: true })), ['ok'])
  deepEqual(levels(checkSecret({ configured: false, file: null, hasModes: true })), ['ok'])
})
