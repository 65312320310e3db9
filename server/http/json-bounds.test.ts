import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { tooMuchJson } from './json-bounds.ts'

const cases: [text: string, tooMuch: string | null][] = [
  ['', null],
  ['[1,2,3]', null],
  ['[1,2,3,4]', 'more than 4 values'],
  ['[{},{},{}]', 'more than 4 values'],
  ['[[[]]]', null],
  ['[[[[]]]]', 'more than 3 lists and objects inside each other'],
  ['"[[[[[,,,,,,"', null],
  ['"\\"[[[[,,,,,"', null],
  ['"\\\\",,,,,', 'more than 4 values'],
  ['"never closed ,,,,,', null],
  [']]]][[[', null],
]
for (const [text, tooMuch] of cases)
  test(`${text || 'nothing'}: ${tooMuch ?? 'fine'}`, () =>
    equal(tooMuchJson(Buffer.from(text), 4, 3), tooMuch))
