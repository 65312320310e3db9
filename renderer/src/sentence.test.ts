import { equal } from 'node:assert/strict'
import test from 'node:test'
import { sentence } from './sentence.ts'

const cases: [status: number, detail: unknown, text: string][] = [
  [0, null, 'The console does not answer. Check that it is still running on this laptop.'],
  [401, 'login required', 'Your session has ended. Sign in again.'],
  [404, 'no machine record for aa:bb', 'No machine record for aa:bb.'],
  [400, 'could not resolve sha256: HTTP 404', 'Could not resolve sha256: HTTP 404.'],
  [500, 'Internal Server Error', 'Internal Server Error.'],
  [502, '', 'The server answered 502 without saying why.'],
  [500, { odd: true }, 'The server answered 500 without saying why.'],
  [422, [{ type: 'missing', loc: ['body', 'image_url'] }], 'Image URL is missing.'],
  [
    422,
    [{ type: 'string_pattern_mismatch', loc: ['body', 'labels', 1] }],
    'Label 2 has a form that is not allowed.',
  ],
  [
    422,
    [{ type: 'extra_forbidden', loc: ['body', 'colour'] }],
    'Colour is not a field that the server knows.',
  ],
  [
    422,
    [{ type: 'too_long', loc: ['body', 'labels'], ctx: { max_length: 16, actual_length: 17 } }],
    'Label has 17 entries; at most 16 are allowed.',
  ],
  [
    422,
    [
      { type: 'string_too_long', loc: ['body', 'target_disk_serial'], ctx: { max_length: 128 } },
      { type: 'json_invalid', loc: ['body', 3], msg: 'JSON decode error' },
    ],
    'Target disk is longer than 128 characters. 4: JSON decode error.',
  ],
  [422, [{ type: 'missing', loc: ['body'] }], 'The request is missing.'],
]
for (const [status, detail, text] of cases) test(text, () => equal(sentence(status, detail), text))
