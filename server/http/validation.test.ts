import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { Inventory, Progress, StatusReport } from '../api/index.ts'
import { entriesOf, jsonInvalid } from './validation.ts'

const cases: [
  what: string,
  schema: z.ZodType,
  input: unknown,
  entries: [type: string, ...loc: (string | number)[]][],
][] = [
  ['a missing field', z.object({ a: z.string() }), {}, [['missing', 'a']]],
  ['null where text is due', z.object({ a: z.string() }), { a: null }, [['string_type', 'a']]],
  ['text where a number is due', z.object({ a: z.number() }), { a: '1' }, [['int_type', 'a']]],
  ['a fraction where an integer is due', z.object({ a: z.int() }), { a: 1.5 }, [['int_type', 'a']]],
  ['a number too low', z.object({ a: z.number().min(0) }), { a: -1 }, [['greater_than_equal', 'a']]],
  ['a number too high', z.object({ a: z.number().max(5) }), { a: 9 }, [['less_than_equal', 'a']]],
  ['a list too short', z.object({ a: z.array(z.any()).min(1) }), { a: [] }, [['too_short', 'a']]],
  ['a wrong literal', Progress.pick({ v: true }), { v: 2 }, [['literal_error', 'v']]],
  ['a bad UUID', Progress.pick({ boot: true }), { boot: 'x' }, [['value_error', 'boot']]],
  [
    'no boolean',
    Inventory,
    { disks: [{ path: '/x', removable: 'no' }] },
    [['bool_type', 'disks', 0, 'removable']],
  ],
  ['a disk that is no object', Inventory, { disks: ['sda'] }, [['model_attributes_type', 'disks', 0]]],
  [
    '65 disks',
    Inventory,
    { disks: Array.from({ length: 65 }, () => ({ path: '/x' })) },
    [['too_long', 'disks']],
  ],
  ['lshw that is text', Inventory, { lshw: 'text' }, [['value_error', 'lshw']]],
  ['an unknown status', StatusReport, { status: 'maybe' }, [['string_pattern_mismatch', 'status']]],
]
for (const [what, schema, input, entries] of cases)
  test(what, () => {
    const { error } = schema.safeParse(input)
    deepEqual(
      entriesOf(error!, 'body', input).map(({ type, loc }) => [type, ...loc.slice(1)]),
      entries,
    )
  })

test('a body with more faults than anybody reads is told a hundred of them', () => {
  const keys = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, 0]))
  equal(entriesOf(Inventory.safeParse(keys).error!, 'body', keys).length, 100)
  const lshw = { disks: Array.from({ length: 64 }, () => ({ path: 1, size: 1, vendor: 1 })) }
  equal(entriesOf(Inventory.safeParse(lshw).error!, 'body', lshw).length, 100)
})

test('too many disks are counted and not looked at', () => {
  const disks = Array.from({ length: 65 }, () => ({ path: 1 }))
  deepEqual(
    Inventory.safeParse({ disks }).error!.issues.map(({ code }) => code),
    ['too_big'],
  )
})

const texts: [text: string, offset: number][] = [
  ['{"a":', 5],
  ['{a}', 1],
  ['{"a":1,}', 7],
  ['nul', 3],
]
for (const [text, offset] of texts)
  test(`JSON ${text} fails at ${offset}`, () => {
    try {
      JSON.parse(text)
    } catch (error) {
      deepEqual(jsonInvalid(text, error).loc, ['body', offset])
    }
  })
