import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { quote } from './quote.ts'

const cases: [value: string, quoted: string][] = [
  ['x', "'x'"],
  ['', "''"],
  ['a\\b', "'a\\\\b'"],
  ["it's", '"it\'s"'],
  [`both ' and "`, `'both \\' and "'`],
  ['a\nb\0\x7f', "'a\\nb\\x00\\x7f'"],
  ['ü名', "'ü名'"],
]
for (const [value, quoted] of cases) test(quoted, () => equal(quote(value), quoted))
