import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { diagnostics, withoutSecrets } from './diagnostics.ts'

const cases: [text: string, expected: string][] = [
  ['fetched https://me:hunter22@registry.lab/v2/', 'fetched https://(removed)@registry.lab/v2/'],
  ['GET /ui/open?token=abcDEF-123&x=1', 'GET /ui/open?token=(removed)&x=1'],
  ['Authorization: Bearer abc.def.ghi', 'Authorization: (removed)'],
  ['sent bearer abcdefgh12345', 'sent bearer (removed)'],
  ['{"password":"a b"}', '{"password":"(removed) b"}'],
  ['cookie: bty-token=x.y', 'cookie: (removed)'],
  ['the password is correct-horse here', 'the password is (removed) here'],
  ['X-Amz-Signature=0123abcd&y', 'X-Amz-Signature=(removed)&y'],
  ['/home/alice/images/a.img', '~/images/a.img'],
  ['token bucket is full', 'token bucket is full'],
]
for (const [text, expected] of cases)
  test(text, () => equal(withoutSecrets(text, ['correct-horse', 'abc'], '/home/alice'), expected))

test('a report names versions, addresses and the end of the log', () => {
  const status = {
    urls: ['http://127.0.0.1:8080/'],
    netboot: { state: 'on' as const, detail: '' },
    work: { flashes: [], machines: 2 },
  }
  const facts = { version: '0.1.0', about: { electron: '45.4.1' }, status, log: 'warning: correct-horse' }
  const text = diagnostics(facts, ['correct-horse'], '/root')
  match(
    text,
    /^bty console 0\.1\.0\nelectron: 45\.4\.1\naddresses: http:\/\/127\.0\.0\.1:8080\/\nnetwork boot: on\nwork: 2 machines/,
  )
  match(text, /warning: \(removed\)$/)
})
