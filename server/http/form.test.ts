import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { blankToNull, errorPage, labelsOf } from './form.ts'

const lists: [text: string, labels: string[]][] = [
  [' b, A ,a,, B ', ['b', 'A']],
  ['', []],
  [' , ,', []],
  ['one label, two', ['one label', 'two']],
]
for (const [text, labels] of lists) test(`labels "${text}"`, () => deepEqual(labelsOf(text), labels))

test('blank is null, the rest is trimmed', () => {
  deepEqual([null, '', '  ', ' x '].map(blankToNull), [null, null, null, 'x'])
})

test('an error is percent-encoded into the address', () => {
  equal(errorPage('/ui/images', '<b>&"\n'), '/ui/images?error=%3Cb%3E%26%22%0A')
})
