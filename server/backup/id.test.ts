import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { beyondRetention, instantOf, newBackupId } from './id.ts'

test('an id is the UTC second, numbered where it is taken', () => {
  const at = Date.UTC(2026, 10, 24, 20, 36, 16, 789)
  const taken = new Set<string>()
  const ids = [0, 1, 2].map(() => {
    const id = newBackupId(at, (name) => taken.has(name))
    taken.add(id)
    return id
  })
  deepEqual(ids, ['2026-11-24T20-36-16Z', '2026-11-24T20-36-16Z-1', '2026-11-24T20-36-16Z-2'])
})

const NAMES: [name: string, isBackup: boolean][] = [
  ['2026-11-24T20-36-16Z', true],
  ['2026-11-24T20-36-16Z-12', true],
  ['2026-11-24T20-36-16Z kept by hand', true],
  ['2026-02-30T00-00-00Z', false],
  ['2026-11-24T24-00-00Z', false],
  ['2026-11-24T20:36:16Z', false],
  ['.2026-11-24T20-36-16Z.partial', false],
  ['notes', false],
]
for (const [name, isBackup] of NAMES)
  test(`${name} is ${isBackup ? '' : 'not '}named like a backup`, () =>
    equal(instantOf(name) !== null, isBackup))

test('retention keeps the newest and never names what is not a backup', () => {
  const day = (n: number) => `2026-11-0${n}T00-00-00Z`
  const names = [day(2), 'notes', day(1), `${day(3)}-2`, `${day(3)}-10`, day(3), 'lost+found']
  deepEqual(beyondRetention(names, 2), [day(3), day(2), day(1)])
  deepEqual(beyondRetention(names, 5), [])
})
