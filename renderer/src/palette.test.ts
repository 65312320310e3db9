import { deepEqual, equal } from 'node:assert/strict'
import test from 'node:test'
import { type Command, fitOf, ranked } from './palette.ts'

const fits: [text: string, query: string, fit: number | null][] = [
  ['Machines', '', 0],
  ['Machines', 'mach', 3],
  ['Add machine', 'mach', 2],
  ['debian-13.img', '13', 2],
  ['Machines', 'chin', 1],
  ['Back up everything', 'bue', 0],
  ['Machines', 'zz', null],
  ['Add machine', 'ma add', 5],
  ['Add machine', 'ma zz', null],
  ['52:54:00:1a:c4:20', '1ac4', 1],
  ['52:54:00:1a:c4:20', '1A-C4', 1],
  ['Settings', 'x', null],
]
for (const [text, query, fit] of fits)
  test(`“${query}” in “${text}”: ${fit}`, () => equal(fitOf(text, query), fit))

const command = (text: string, hint = ''): Command => ({ id: text, text, hint, run: () => undefined })
const all = [command('Images'), command('Machines'), command('aa:bb', 'image rack 1'), command('Add image')]

const rankings: [query: string, texts: string[]][] = [
  ['', ['Images', 'Machines', 'aa:bb', 'Add image']],
  ['image', ['Images', 'Add image', 'aa:bb']],
  ['rack', ['aa:bb']],
  ['nothing', []],
]
for (const [query, texts] of rankings)
  test(`“${query}” offers ${texts.join(', ') || 'nothing'}`, () =>
    deepEqual(
      ranked(all, query, 10).map(({ text }) => text),
      texts,
    ))

test('no more than asked for', () => equal(ranked(all, '', 2).length, 2))
