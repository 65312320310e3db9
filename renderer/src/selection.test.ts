import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import { rangeOf, shareOf } from './selection.ts'

const shown = ['a', 'b', 'c', 'd']

const ranges: [anchor: string | null, key: string, chosen: string[]][] = [
  [null, 'c', ['c']],
  ['b', 'd', ['b', 'c', 'd']],
  ['d', 'b', ['b', 'c', 'd']],
  ['b', 'b', ['b']],
  ['gone', 'c', ['c']],
]
for (const [anchor, key, chosen] of ranges)
  test(`from ${anchor} to ${key}: ${chosen.join(' ')}`, () => deepEqual(rangeOf(shown, anchor, key), chosen))

const shares: [chosen: string[], share: string][] = [
  [[], 'none'],
  [['hidden'], 'none'],
  [['a', 'hidden'], 'some'],
  [[...shown, 'hidden'], 'all'],
]
for (const [chosen, share] of shares)
  test(`${chosen.join(' ') || 'nothing'} chosen: ${share}`, () =>
    equal(shareOf(shown, new Set(chosen)), share))

test('of an empty list nothing is chosen', () => equal(shareOf([], new Set(['a'])), 'none'))
