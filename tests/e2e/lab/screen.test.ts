import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { keysOf } from './qmp.ts'
import { lastScreen } from './screen.ts'

const keys: [char: string, keys: string[]][] = [
  ['a', ['a']],
  ['Q', ['shift', 'q']],
  ['7', ['7']],
  ['\n', ['ret']],
  ['{', ['shift', 'bracket_left']],
  ['&', ['shift', '7']],
]
for (const [char, wanted] of keys)
  test(`${JSON.stringify(char)} is typed with ${wanted.join(' and ')}`, () => deepEqual(keysOf(char), wanted))
test('a character that is on no key is refused', () => throws(() => keysOf('é'), /no key for/))

const texts: [text: string, screen: string | null][] = [
  ['boot', null],
  ['screen-begins\nhalf', null],
  ['x screen-begins\none\nscreen-ends\n', '\none\n'],
  ['screen-begins\none\nscreen-ends\nscreen-begins\ntwo\nscreen-ends\nscreen-begins\nhalf', '\ntwo\n'],
]
for (const [text, screen] of texts)
  test(`${JSON.stringify(text)} shows ${JSON.stringify(screen)}`, () => equal(lastScreen(text), screen))
