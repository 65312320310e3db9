import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { findCredentials, readHelperAnswer, type Credentials, type Found } from './credentials.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const login = (username: string, password: string): Credentials => ({ kind: 'password', username, password })
const found = (credentials: Credentials): Found => ({ kind: 'credentials', credentials })
const ANN = { auth: base64('ann:s3cret:with colon') }
const ANNS = found(login('ann', 's3cret:with colon'))
const NONE: Found = { kind: 'none' }

const cases: [what: string, config: unknown, host: string, found: Found][] = [
  ['an auth', { auths: { 'r.example:5000': ANN } }, 'r.example:5000', ANNS],
  ['a key with scheme and API path', { auths: { 'https://r.example/v1/': ANN } }, 'r.example', ANNS],
  ['a key in another case', { auths: { 'R.Example': ANN } }, 'r.example', ANNS],
  ['Docker Hub by its old name', { auths: { 'https://index.docker.io/v1/': ANN } }, 'docker.io', ANNS],
  [
    'name and password in clear',
    { auths: { h: { username: 'a', password: 'b' } } },
    'h',
    found(login('a', 'b')),
  ],
  [
    'an identity token before an auth',
    { auths: { h: { ...ANN, identitytoken: 'id' } } },
    'h',
    found({ kind: 'identity', token: 'id' }),
  ],
  [
    'the entry of the repository first',
    { auths: { h: ANN, 'h/own': { auth: base64('b:c') } } },
    'h',
    found(login('b', 'c')),
  ],
  ['no entry of other repositories', { auths: { 'h/other': ANN } }, 'h', NONE],
  ['no entry of a longer host', { auths: { 'h.evil': ANN } }, 'h', NONE],
  ['no entry of another port', { auths: { 'h:5000': ANN } }, 'h', NONE],
  ['an empty entry as none', { auths: { h: {} } }, 'h', NONE],
  ['no auths at all', {}, 'h', NONE],
  ['auths that are no object', { auths: [] }, 'h', NONE],
  ['a helper of the host', { credHelpers: { h: 'pass' }, credsStore: 'desktop' }, 'h', helper('pass', 'h')],
  [
    'the store for others',
    { credHelpers: { x: 'pass' }, credsStore: 'desktop' },
    'h',
    helper('desktop', 'h'),
  ],
  [
    'the store under its name of the Hub',
    { credsStore: 'd' },
    'docker.io',
    helper('d', 'https://index.docker.io/v1/'),
  ],
  [
    'an auth behind a helper',
    { credsStore: 'd', auths: { h: ANN } },
    'h',
    { kind: 'helper', helper: 'd', server: 'h', otherwise: login('ann', 's3cret:with colon') },
  ],
]
for (const [what, config, host, wanted] of cases)
  test(`reads ${what}`, () => deepEqual(findCredentials(config, host, 'own/image'), wanted))

const problems: [config: unknown][] = [
  [null],
  [[]],
  ['text'],
  [{ auths: { h: { auth: '!!!' } } }],
  [{ auths: { h: { auth: base64('no colon') } } }],
  [{ credsStore: '../../bin/sh' }],
  [{ credsStore: 7 }],
  [{ credHelpers: { h: 'a b' } }],
]
for (const [config] of problems)
  test(`tells what is wrong with ${JSON.stringify(config)}`, () =>
    equal(findCredentials(config, 'h', 'own/image').kind, 'problem'))

test('reads what a credential helper prints', () => {
  const answer = (Username: unknown, Secret: unknown) => JSON.stringify({ ServerURL: 'h', Username, Secret })
  deepEqual(readHelperAnswer(answer('ann', 'pw')), login('ann', 'pw'))
  deepEqual(readHelperAnswer(answer('<token>', 'id')), { kind: 'identity', token: 'id' })
  for (const text of ['', 'credentials not found', '[]', answer('ann', ''), answer(1, 'x')])
    equal(readHelperAnswer(text), null)
})

function helper(name: string, server: string): Found {
  return { kind: 'helper', helper: name, server, otherwise: null }
}
