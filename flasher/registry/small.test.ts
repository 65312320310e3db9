import { equal, throws } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { readManifest } from './manifest.ts'
import { isListedHost } from './plain-http.ts'
import { withoutSecrets } from './secrets.ts'
import { readToken, tokenUrl } from './token.ts'

const listed: [list: string, host: string, is: boolean][] = [
  ['', 'localhost:5000', false],
  ['localhost', 'localhost:5000', true],
  ['localhost:5000', 'localhost:5000', true],
  ['localhost:5000', 'localhost:5001', false],
  ['localhost:5000', 'localhost', false],
  [' a.example , B.Example:80 ', 'b.example:80', true],
  ['a.example', 'b.a.example', false],
  [',', '', false],
  ['10.0.0.5:5000', '10.0.0.50:5000', false],
]
for (const [list, host, is] of listed)
  test(`plain HTTP of "${host}" is ${is ? '' : 'not '}allowed by "${list}"`, () =>
    equal(isListedHost(list, host), is))

const urls: [realm: string, service: string, repository: string, url: string][] = [
  ['https://h/token', 'h', 'a/b', 'https://h/token?service=h&scope=repository:a/b:pull'],
  ['https://h/token', 'h:5000', 'a/b', 'https://h/token?service=h:5000&scope=repository:a/b:pull'],
  ['https://h/t?x=1', 'a b&c', 'a/b', 'https://h/t?x=1&service=a%20b%26c&scope=repository:a/b:pull'],
]
for (const [realm, service, repository, url] of urls)
  test(`asks for a token at ${url}`, () => equal(tokenUrl(realm, service, repository), url))

const token = (value: unknown) => readToken(Buffer.from(JSON.stringify(value)), {}, 'h')

test('takes token before access_token, and nothing that fits no header', () => {
  equal(token({ token: 'a', access_token: 'b' }), 'a')
  equal(token({ token: '', access_token: 'b' }), 'b')
  const bad = [
    {},
    { token: 5 },
    { token: 'a\r\nX-Evil: 1' },
    { token: 'ü' },
    { token: 'x'.repeat(1024 * 1024) },
  ]
  for (const answer of [...bad, [], null, 'x']) throws(() => token(answer), { code: 'bad-answer' })
})

const MANIFEST = Buffer.from('{"layers":[]}')
const RIGHT = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`
const WRONG = `sha256:${'0'.repeat(64)}`

const digests: [announced: string | undefined, pinned: string | null, right: boolean][] = [
  [undefined, null, true],
  [RIGHT, null, true],
  [RIGHT.toUpperCase().replace('SHA', 'sha'), null, true],
  [undefined, RIGHT, true],
  ['md5:abc', null, true],
  [WRONG, null, false],
  [undefined, WRONG, false],
  [RIGHT, WRONG, false],
  [`sha512:${'0'.repeat(128)}`, null, false],
]
for (const [announced, pinned, right] of digests)
  test(`a manifest announced as ${announced} and pinned to ${pinned} is ${right ? 'taken' : 'refused'}`, () => {
    const read = () => readManifest(MANIFEST, { 'docker-content-digest': announced }, 'x', pinned)
    if (right) read()
    else throws(read, { code: 'digest' })
  })

test('a body that is no JSON object is refused, and never quoted', () => {
  for (const text of ['<html>secret</html>', '[]', 'null', '"secret"', '', '{"a":', '['.repeat(1_000_000)])
    throws(
      () => readManifest(Buffer.from(text), {}, 'x', null),
      (error: Error & { code: string }) => error.code === 'bad-answer' && !error.message.includes('secret'),
    )
})

test('secrets are blotted out, longest first and percent-encoded too', () => {
  equal(withoutSecrets('a tok/en b tok%2Fen c tok', ['tok/', 'tok/en']), 'a *** b *** c tok')
  equal(withoutSecrets('a b', ['a', '']), 'a b')
})
