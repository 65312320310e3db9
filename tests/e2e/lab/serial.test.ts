import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { lastLines, serialText } from './serial.ts'

const cases: [what: string, chunks: string[], text: string][] = [
  ['plain lines', ['a\r\nb\r\n'], 'a\nb\n'],
  ['an unfinished line', ['iPXE 1.2', '1.1'], 'iPXE 1.21.1'],
  ['colours and cursor moves', ['\x1b[2J\x1b[01;01H\x1b[0m\x1b[37mbty\x1b[?7l: up'], 'bty: up'],
  ['a sequence cut in two', ['boo\x1b[0', ';37mted'], 'booted'],
  ['an escape cut off after its first byte', ['boo\x1b', '[0mted'], 'booted'],
  ['a reset', ['\x1bcSeaBIOS'], 'SeaBIOS'],
  ['a window title', ['\x1b]0;title\x07ready'], 'ready'],
]
for (const [what, chunks, text] of cases)
  test(`serial text of ${what}`, () => {
    const serial = serialText()
    for (const chunk of chunks) serial.push(chunk)
    equal(serial.text(), text)
  })

test('last lines leave out empty ones', () => equal(lastLines('a\n\n b \n\nc\n\n', 2), 'b\nc'))
