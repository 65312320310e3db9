import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { lookOf } from './look.ts'
import type { Facts } from './look.ts'
import { pageOf } from './pager.ts'
import { table } from './table.ts'
import { textOf } from './line.ts'
import { cells, clean, cut, fit, wrap } from './text.ts'
import { bytesText, clock, mebibytes } from './words.ts'

const outside: [rule: string, text: string, unicode: string, ascii: string][] = [
  ['colour codes', 'a\x1b[31mb', 'a?[31mb', 'a?[31mb'],
  ['line breaks', 'a\r\nb\u2028c', 'a??b?c', 'a??b?c'],
  ['C1 controls', 'a\x9b2Jb', 'a?2Jb', 'a?2Jb'],
  ['text from right to left', 'sd\u202ea\u2066b', 'sdab', 'sdab'],
  ['what cannot be seen', 'a\u200bb\u00adc\ufeff', 'abc', 'abc'],
  ['half a character', 'a\ud800b', 'a?b', 'a?b'],
  ['letters of other languages', 'Größe 日', 'Größe 日', 'Gr??e ?'],
]
for (const [rule, text, unicode, ascii] of outside)
  test(`text from outside: ${rule}`, () => {
    equal(clean(text, { unicode: true }), unicode)
    equal(clean(text, { unicode: false }), ascii)
  })

test('cells: wide characters fill two, marks none', () => {
  deepEqual(['abc', '日本', 'e\u0301', '🙂', ''].map(cells), [3, 4, 1, 2, 0])
})

const cuts: [text: string, width: number, cut: string][] = [
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcd..'],
  ['日本語', 5, '日..'],
  ['abc', 1, '.'],
  ['abc', 0, ''],
]
for (const [text, width, expected] of cuts)
  test(`cut ${text} to ${width}`, () => equal(cut(text, width), expected))

test('fit fills up on the side that is asked for', () => {
  equal(fit('日', 4), '日  ')
  equal(fit('7', 3, 'right'), '  7')
})

const wrapped: [text: string, width: number, lines: string[]][] = [
  ['one two three', 8, ['one two', '> three']],
  ['  ab cd', 4, ['  ab', '> cd']],
  ['abcdefghij', 4, ['abcd', '> ef', '> gh', '> ij']],
  ['', 4, ['']],
  ['日本語', 4, ['日本', '> 語']],
]
for (const [text, width, lines] of wrapped)
  test(`wrap ${JSON.stringify(text)} to ${width}`, () => deepEqual(wrap(text, width, '> '), lines))

const tty = (env: Facts['env'], more: Partial<Facts> = {}) =>
  lookOf({ env, isTTY: true, columns: 80, rows: 25, consoleIsUtf8: false, ...more })
const utf8 = { LANG: 'C.UTF-8' }
const looks: [
  rule: string,
  look: ReturnType<typeof lookOf>,
  mode: string,
  colour: boolean,
  unicode: boolean,
][] = [
  ['a terminal window', tty({ TERM: 'xterm-256color', ...utf8 }), 'cursor', true, true],
  ['no UTF-8 in the locale', tty({ TERM: 'xterm', LANG: 'C' }), 'cursor', true, false],
  ['LC_ALL outweighs LANG', tty({ TERM: 'xterm', LC_ALL: 'POSIX', ...utf8 }), 'cursor', true, false],
  ['NO_COLOR', tty({ TERM: 'xterm', NO_COLOR: '1', ...utf8 }), 'cursor', false, true],
  ['an empty NO_COLOR', tty({ TERM: 'xterm', NO_COLOR: '', ...utf8 }), 'cursor', true, true],
  ['a serial terminal', tty({ TERM: 'vt100', ...utf8 }), 'cursor', false, false],
  [
    'the Linux console in UTF-8',
    tty({ TERM: 'linux', ...utf8 }, { consoleIsUtf8: true }),
    'cursor',
    true,
    true,
  ],
  ['the Linux console without', tty({ TERM: 'linux', ...utf8 }), 'cursor', true, false],
  ['TERM=dumb', tty({ TERM: 'dumb', ...utf8 }), 'dumb', false, false],
  ['no TERM', tty(utf8), 'dumb', false, false],
  ['no terminal', tty({ TERM: 'xterm', ...utf8 }, { isTTY: false }), 'plain', false, true],
]
for (const [rule, look, mode, colour, unicode] of looks)
  test(`look: ${rule}`, () => deepEqual([look.mode, look.colour, look.unicode], [mode, colour, unicode]))

test('look: a window of no size counts as 80x24, a tiny one as what can be drawn at all', () => {
  const none = tty({ TERM: 'xterm' }, { columns: 0, rows: 0 })
  deepEqual([none.width, none.height], [79, 24])
  const tiny = tty({ TERM: 'xterm' }, { columns: 3, rows: 2 })
  deepEqual([tiny.width, tiny.height], [20, 10])
})

const COLUMNS = [
  { title: '#' },
  { title: 'Name', least: 4 },
  { title: 'Size', align: 'right', drop: 2 },
  { title: 'Source', drop: 1 },
] as const
const tables: [width: number, head: string, row: string][] = [
  [40, '#  Name         Size  Source', '1  a long name   99G  local'],
  [22, '#  Name   Size  Source', '1  a l..   99G  local'],
  [19, '#  Name        Size', '1  a long n..   99G'],
  [12, '#  Name', '1  a long ..'],
]
for (const [width, head, row] of tables)
  test(`a table in ${width} cells`, () => {
    const laid = table(COLUMNS, [{ cells: ['1', 'a long name', '99G', 'local'] }], width)
    deepEqual([textOf(laid.head), laid.blocks[0]!.map(textOf)], [head, [row]])
  })

test('notes stand below their row, broken and in their tone', () => {
  const row = { cells: ['1', 'a', '', ''], notes: [['red', 'no room here'] as const] }
  deepEqual(table(COLUMNS, [row], 13).blocks[0]!.slice(1), [
    ['red', '     no room'],
    ['red', '     here'],
  ])
})

const BLOCKS = [['a'], ['b', 'b2'], ['c'], ['d', 'd2', 'd3', 'd4']]
const paged: [room: number, wanted: number, lines: string[], page: number, pages: number][] = [
  [9, 0, ['a', 'b', 'b2', 'c', 'd', 'd2', 'd3', 'd4'], 0, 1],
  [3, 0, ['a', 'b', 'b2'], 0, 3],
  [3, 1, ['c'], 1, 3],
  [3, 2, ['d', 'd2', 'd3'], 2, 3],
  [3, 99, ['d', 'd2', 'd3'], 2, 3],
  [3, -1, ['a', 'b', 'b2'], 0, 3],
]
for (const [room, wanted, lines, page, pages] of paged)
  test(`page ${wanted} of a list in ${room} lines`, () =>
    deepEqual(pageOf(BLOCKS, room, wanted), { lines, page, pages }))

test('an empty list has one empty page', () => deepEqual(pageOf([], 5, 0), { lines: [], page: 0, pages: 1 }))

test('amounts and times in words', () => {
  deepEqual([0, 1023, 1536, 5 * 1024 ** 4].map(bytesText), ['0 B', '1023 B', '1.5 KiB', '5.0 TiB'])
  deepEqual([null, 0, 1294467072, 52428].map(mebibytes), ['-', '-', '1,234.5 MiB', '0.0 MiB'])
  deepEqual([0, 6.2, 754, 3723, -1].map(clock), ['0:00', '0:07', '12:34', '1:02:03', '0:00'])
  ok(mebibytes(5 * 1024 ** 4).startsWith('5,242,880.0'))
})
