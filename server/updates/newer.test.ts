import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isNewer } from './newer.ts'

// From the oldest to the newest; the middle ones are the example of Semantic Versioning 2.0.0, 11.
const ORDER = [
  'no version',
  '0.9.9',
  '0.10.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '2.0.0',
]
for (const [i, a] of ORDER.entries())
  for (const [j, b] of ORDER.entries())
    test(`${a} is ${i > j ? '' : 'not '}newer than ${b}`, () => equal(isNewer(a, b), i > j))

test('a build does not make a version newer', () => {
  equal(isNewer('1.0.0+2', '1.0.0+1'), false)
  equal(isNewer('1.0.0', '1.0.0+1'), false)
})
