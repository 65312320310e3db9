import { deepEqual, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { parsePlist } from './plist.ts'
import type { Plist } from './plist.ts'

const plist = (body: string) => `<?xml version="1.0"?><!DOCTYPE plist><plist version="1.0">${body}</plist>`

const good: [body: string, value: Plist][] = [
  ['<string>a &amp; b &lt;c&gt; &#65;&#x42; &unknown;</string>', 'a & b <c> AB &unknown;'],
  ['<string/>', ''],
  ['<string></string>', ''],
  ['<integer>-5</integer>', -5],
  ['<integer>1000555581440</integer>', 1000555581440],
  ['<real>1.5</real>', 1.5],
  ['<true/>', true],
  ['<false></false>', false],
  ['<array/>', []],
  ['<dict/>', {}],
  ['<date>2026-01-01T00:00:00Z</date>', '2026-01-01T00:00:00Z'],
  ['<data>\nAAA=\n</data>', '\nAAA=\n'],
  [
    '<!-- a > b -->\n<dict>\n <key>a</key>\n <array><true/><dict><key>b</key><string>c</string></dict></array>\n</dict>',
    { a: [true, { b: 'c' }] },
  ],
]
for (const [body, value] of good) test(`reads ${body}`, () => deepEqual(parsePlist(plist(body)), value))

test('a key that is a name of JavaScript is a key like others', () =>
  deepEqual(
    Object.entries(parsePlist(plist('<dict><key>__proto__</key><string>x</string></dict>')) as object),
    [['__proto__', 'x']],
  ))

const bad: [rule: string, text: string, message: RegExp][] = [
  ['nothing', '', /ends early/],
  ['text', 'Could not find disk', /between two tags/],
  ['no plist', '<dict/>', /no <plist>/],
  ['an open dict', plist('<dict>').replace('</plist>', ''), /ends early/],
  ['a value without a key', plist('<dict><string>a</string></dict>'), /where a <key> should be/],
  ['a key without a value', plist('<dict><key>a</key></dict>'), /closes nothing/],
  ['an unknown element', plist('<blob>1</blob>'), /has no <blob>/],
  ['a number that is none', plist('<integer>one</integer>'), /"one" is no number/],
  ['an empty number', plist('<integer></integer>'), /is no number/],
  ['a tag in a string', plist('<string>a<true/></string>'), /<true> inside <string>/],
  ['two roots', plist('<true/><true/>'), /not closed/],
  ['a broken tag', plist('<dict a="').replace('</plist>', ''), /no property list at character/],
  ['too deep a nest', plist('<array>'.repeat(40) + '</array>'.repeat(40)), /deeper than 32/],
  ['too many values', plist(`<array>${'<true/>'.repeat(200_001)}</array>`), /more than 200000 values/],
  ['too long a text', ' '.repeat(16 * 1024 * 1024 + 1), /at most 16777216/],
]
for (const [rule, text, message] of bad)
  test(`refuses ${rule}`, () => throws(() => parsePlist(text), message))

test('a list cut at any place is refused, never half read', () => {
  const text = plist('<dict><key>a</key><array><integer>12</integer><true/></array></dict>')
  for (let end = 0; end < text.length; end++) throws(() => parsePlist(text.slice(0, end)))
})
