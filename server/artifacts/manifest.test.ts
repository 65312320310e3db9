import { equal, match, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { checkManifest, parseManifest } from './manifest.ts'

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)]
const got = new Map([
  ['x.vmlinuz', A],
  ['x.initrd', B],
])
const both = `${A}  x.vmlinuz\n${B}  x.initrd\n`

const good: [what: string, text: string][] = [
  ['as sha256sum writes it', both],
  ['with blank lines and CRLF', `\r\n${both.replaceAll('\n', '\r\n')}\r\n`],
  ['in capitals', `${A.toUpperCase()}  x.vmlinuz\n${B}  x.initrd`],
  ['in binary mode and with ./', `${A} *x.vmlinuz\n${B}  ./x.initrd\n`],
  ['that names itself', `${both}${A}  x.sha256\n`],
]
for (const [what, text] of good) test(`a manifest ${what} fits`, () => checkManifest('x.sha256', text, got))

const bad: [text: string, why: RegExp][] = [
  ['', /^empty x\.sha256 manifest$/],
  ['\n \n', /^empty x\.sha256 manifest$/],
  [`${A}  x.sha256\n`, /^empty x\.sha256 manifest$/],
  [`${both}${A}\n`, /^malformed line in x\.sha256: 'a{64}'$/],
  [`${both}${A.slice(1)}  x.vmlinuz\n`, /^malformed line in x\.sha256: 'a{63} {2}x\.vmlinuz'$/],
  [`${both}x.vmlinuz  ${A}\n`, /^malformed line/],
  [`${both}\x1b[31m${'z'.repeat(500)}\n`, /^malformed line in x\.sha256: '\?\[31mz{195}'$/],
  [`${both}${A}  y.squashfs\n`, /^manifest references missing file: y\.squashfs$/],
  [`${B}  x.vmlinuz\n${B}  x.initrd\n`, /^sha256 mismatch for x\.vmlinuz: expected b{64}, got a{64}$/],
  [`${A}  x.vmlinuz\n`, /^x\.sha256 lists no digest for x\.initrd$/],
]
for (const [text, why] of bad)
  test(`${JSON.stringify(text.slice(-30))} is refused: ${why.source}`, () =>
    throws(
      () => checkManifest('x.sha256', text, got),
      (error: Error) => (match(error.message, why), true),
    ))

test('a listing is read as far as it can be', () => equal(parseManifest(`nonsense\n${both}`).size, 2))
