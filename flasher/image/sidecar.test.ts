import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { digestFor, MAX_DIGEST_LIST } from './sidecar.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

const found: [rule: string, text: string, name: string | null, digest: string][] = [
  ['a named line', `${A}  x.img\n${B}  y.img\n`, 'y.img', B],
  ['binary mode and ./', `${A} *x.img\n${B}  ./y.img\n`, 'y.img', B],
  ['upper case hex', `${A.toUpperCase()}  x.img`, 'x.img', A],
  ['CRLF and blank lines', `\r\n${A}  x.img\r\n\r\n`, 'x.img', A],
  ['a lone nameless digest speaks for any name', `${A}\n`, 'x.img', A],
  ['without a name the first line counts', `${A}  x.img\n${B}  y.img\n`, null, A],
  ['names may hold spaces', `${A}  my disk.img`, 'my disk.img', A],
]
for (const [rule, text, name, digest] of found) test(rule, () => equal(digestFor(text, name), digest))

const refused: [rule: string, text: string, message: RegExp][] = [
  ['an empty list', ' \n', /empty sha256 manifest/],
  [
    'one malformed line refuses the list',
    `${A}  x.img\nhello\n`,
    /malformed sha256 line in manifest: 'hello'/,
  ],
  ['a short digest', `${'a'.repeat(63)}  x.img`, /malformed/],
  ['a digest with a tail', `${A}a  x.img`, /malformed/],
  ['another name', `${A}  y.img`, /does not list a digest for 'x.img'; available names: \['y.img'\]/],
  ['two nameless digests', `${A}\n${B}\n`, /does not list/],
  ['a list that is too long', 'a'.repeat(MAX_DIGEST_LIST + 1), /the limit is 1048576/],
]
for (const [rule, text, message] of refused)
  test(rule, () => throws(() => digestFor(text, 'x.img'), { code: 'bad-digest-list', message }))
