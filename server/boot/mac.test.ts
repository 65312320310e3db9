import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseMac } from './mac.ts'

const cases: [raw: string, mac: string | null][] = [
  ['AA-BB-CC-DD-EE-FF', 'aa:bb:cc:dd:ee:ff'],
  ['aa:bb-cc:dd-ee:ff', 'aa:bb:cc:dd:ee:ff'],
  ['00-11-22-33-44-55', '00:11:22:33:44:55'],
  ['aabbccddeeff', null],
  ['aabb.ccdd.eeff', null],
  [' aa:bb:cc:dd:ee:ff', null],
  ['aa:bb:cc:dd:ee:ff\n', null],
  ['aa:bb:cc:dd:ee:f', null],
  ['aa:bb:cc:dd:ee:gg', null],
  ['aa:bb:cc:dd:ee:ff:00', null],
  ['', null],
]
for (const [raw, mac] of cases)
  test(`${JSON.stringify(raw)} is ${mac ?? 'no MAC'}`, () => equal(normaliseMac(raw), mac))
