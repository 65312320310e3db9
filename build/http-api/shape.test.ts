import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { fields, type JsonSchema, shape } from './shape.ts'

const json = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as JsonSchema

const cases: [schema: z.ZodType, shown: string][] = [
  [z.string(), 'text'],
  [z.string().max(64).nullable(), 'text <=64 or null'],
  [z.string().regex(/^a+$/), 'text /^a+$/'],
  [z.uuid(), 'text (uuid)'],
  [z.number().int(), 'integer'],
  [z.number().int().min(0), 'integer >=0'],
  [z.enum(['a', 'b']), '"a" or "b"'],
  [z.literal(1), '1'],
  [z.array(z.string()).max(3), 'text[] <=3'],
  [z.array(z.string().nullable()), '(text or null)[]'],
  [z.record(z.string(), z.unknown()), 'object'],
  [z.record(z.string(), z.number()), 'object of number'],
  [z.unknown(), 'anything'],
  [z.strictObject({ a: z.string(), b: z.boolean().default(false) }), '{ a: text; b: boolean = false }'],
]
for (const [schema, shown] of cases) test(shown, () => equal(shape(json(schema)), shown))

test('a field without default that may be left out says so', () =>
  deepEqual(fields(json(z.object({ a: z.string().optional() }))), [['a', 'text, optional']]))
