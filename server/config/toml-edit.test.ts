import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'smol-toml'
import { seededRandom } from '../../tests/harness/random.ts'
import { editToml, TomlEditError, type TomlValue } from './toml-edit.ts'

type Case = [what: string, before: string, name: string, value: TomlValue | null, after: string]

const CASES: Case[] = [
  ['an empty file gets the section', '', 'port', 81, '[server]\nport = 81\n'],
  [
    'a missing section goes to the end',
    '# mine\na = 1\n',
    'port',
    81,
    '# mine\na = 1\n\n[server]\nport = 81\n',
  ],
  ['no final newline', 'a = 1', 'port', 81, 'a = 1\n\n[server]\nport = 81\n'],
  [
    'comment and spacing of the line stay',
    '[server]\nport   =  80 # office\n',
    'port',
    81,
    '[server]\nport   =  81 # office\n',
  ],
  [
    'a missing key goes behind the last of its section',
    '[server]\nhost = "a"\n\n# next\n[b]\nx = 1\n',
    'port',
    81,
    '[server]\nhost = "a"\nport = 81\n\n# next\n[b]\nx = 1\n',
  ],
  ['an empty section', '[server] # here\n[b]\n', 'port', 81, '[server] # here\nport = 81\n[b]\n'],
  [
    'the end of the file without newline',
    '[server]\nhost = "a"',
    'port',
    81,
    '[server]\nhost = "a"\nport = 81\n',
  ],
  ['CRLF stays CRLF', '[server]\r\nhost = "a"\r\n', 'port', 81, '[server]\r\nhost = "a"\r\nport = 81\r\n'],
  [
    'indentation is taken over',
    '[server]\n  host = "a"\n',
    'port',
    81,
    '[server]\n  host = "a"\n  port = 81\n',
  ],
  ['a dotted key', 'server.port = 80\n', 'port', 81, 'server.port = 81\n'],
  [
    'beside a dotted key',
    'server.port = 80\n[b]\n',
    'host',
    'x',
    'server.port = 80\nserver.host = "x"\n[b]\n',
  ],
  ['quoted names', '["server"]\n"port" = 80\n', 'port', 81, '["server"]\n"port" = 81\n'],
  [
    'an inline table',
    'server = { host = "a", port = 80 }\n',
    'port',
    81,
    'server = { host = "a", port = 81 }\n',
  ],
  ['single quotes stay', "[server]\nhost = 'a'\n", 'host', 'b', "[server]\nhost = 'b'\n"],
  [
    'single quotes that cannot hold the value',
    "[server]\nhost = 'a'\n",
    'host',
    "b'c",
    '[server]\nhost = "b\'c"\n',
  ],
  [
    'quotes and line ends are escaped',
    '[server]\nhost = ""\n',
    'host',
    'a"\\\n\u007f',
    '[server]\nhost = "a\\"\\\\\\u000a\\u007f"\n',
  ],
  [
    'text that looks like the key',
    '[x]\na = """\n[server]\nport = 1\n"""\n# port = 2\n[server]\nport = 80\n',
    'port',
    81,
    '[x]\na = """\n[server]\nport = 1\n"""\n# port = 2\n[server]\nport = 81\n',
  ],
  [
    'a list over several lines stays a list',
    '[server]\nhost = [\n  "a",\n  "b",\n]\nport = 1\n',
    'host',
    'c, d',
    '[server]\nhost = ["c", "d"]\nport = 1\n',
  ],
  [
    'a multi-line string',
    "[server]\nhost = '''\na'''\nport = 1\n",
    'host',
    'b',
    "[server]\nhost = 'b'\nport = 1\n",
  ],
  [
    'a key is removed with its line',
    '[server]\nhost = "a"\nport = 80\n# end\n',
    'port',
    null,
    '[server]\nhost = "a"\n# end\n',
  ],
  [
    'the comment behind a removed key stays',
    '[server]\nport = 80 # office\n',
    'port',
    null,
    '[server]\n# office\n',
  ],
  ['removing what is not there changes nothing', '[server]\n', 'port', null, '[server]\n'],
  ['removing the last line', '[server]\nport = 80', 'port', null, '[server]\n'],
  [
    'a sub-table alone',
    '[server.sub]\nport = 1\n',
    'port',
    81,
    '[server.sub]\nport = 1\n\n[server]\nport = 81\n',
  ],
]
for (const [what, before, name, value, after] of CASES)
  test(what, () => equal(editToml(before, 'server', name, value), after))

const REFUSED: [what: string, text: string, value: TomlValue | null][] = [
  ['a list of tables', '[[server]]\nport = 1\n', 81],
  ['a missing key of an inline table', 'server = { host = "a" }\n', 81],
  ['removal from an inline table', 'server = { port = 1 }\n', null],
  ['a list with comments', '[server]\nport = [\n 1, # one\n]\n', 81],
  ['a section that is a value', 'server = 1\n', 81],
  ['what is no TOML', '[server\n', 81],
  ['a number too large for us', 'x = 99999999999999999999\n', 81],
]
for (const [what, text, value] of REFUSED)
  test(`${what} is refused`, () => throws(() => editToml(text, 'server', 'port', value), TomlEditError))

test('random documents: an edit changes its key, keeps all others and every comment, or is refused', () => {
  let edited = 0
  for (let seed = 1; seed <= 1500; seed++) {
    const random = seededRandom(seed)
    const text = document(random)
    const [section, name] = [pick(random, SECTIONS), pick(random, NAMES)]
    const value = pick<TomlValue | null>(random, [null, 7, true, 'x', 'a"b\\c#]', "it's", ''])
    let after: string
    try {
      after = editToml(text, section, name, value)
    } catch (error) {
      ok(error instanceof TomlEditError, `seed ${seed}: ${error}`)
      continue
    }
    edited++
    const [was, is] = [parse(text), parse(after)] as Record<string, Record<string, unknown>>[]
    const read = is![section]?.[name]
    deepEqual(Array.isArray(read) ? read.join(',') : (read ?? null), value, `seed ${seed}`)
    for (const one of [was!, is!]) {
      if (typeof one[section] === 'object') Reflect.deleteProperty(one[section], name)
      if (Object.keys(one[section] ?? {}).length === 0) Reflect.deleteProperty(one, section)
    }
    deepEqual(is, was, `seed ${seed}`)
    deepEqual(after.match(/# keep \d+/g), text.match(/# keep \d+/g), `seed ${seed}`)
  }
  ok(edited > 1000, `${edited} edits were made`)
})

const SECTIONS = ['server', 'netboot', 'other']
const NAMES = ['port', 'host', 'x']
const VALUES = [
  '1', '"a # b"', "'[server]'", '"""\nport = 1\n"""', "'''\n[netboot]\nhost = 2'''", '[1, 2]',
  '[\n  "a",\n  "]",\n]', '{ a = 1, b = { c = "}" } }', 'true', '1979-05-27', '"\\"\\\\"', '-1.5e3',
] // prettier-ignore

/** A document that is TOML: every section and key once, in random order, spacing and notation. */
function document(random: () => number): string {
  const eol = random() < 0.3 ? '\r\n' : '\n'
  let comments = 0
  const noise = () =>
    pick(random, ['', '', eol, `# keep ${comments++}${eol}`, ` # keep ${comments++} [server] port = 1${eol}`])
  const space = () => pick(random, ['', ' ', '  ', '\t'])
  const quote = (name: string) => pick(random, [name, name, `"${name}"`, `'${name}'`])
  let text = noise()
  for (const section of shuffled(random, SECTIONS)) {
    if (random() < 0.25) continue
    const kind =
      text.includes('\n[') || text.startsWith('[')
        ? 'table'
        : pick(random, ['table', 'table', 'dotted', 'inline'])
    const pairs = shuffled(random, NAMES).filter(() => random() < 0.6)
    if (kind === 'inline') {
      text += `${quote(section)} = { ${pairs.map((name) => `${quote(name)} = 1`).join(', ')} }${eol}`
      continue
    }
    if (kind === 'table')
      text += `${space()}[${space()}${quote(section)}${space()}]${random() < 0.2 ? ` # keep ${comments++}` : ''}${eol}`
    for (const name of pairs) {
      const prefix = kind === 'dotted' ? `${quote(section)}${space()}.${space()}` : ''
      const value = pick(random, VALUES)
      const end = random() < 0.2 ? ` # keep ${comments++}` : ''
      text += `${noise()}${space()}${prefix}${quote(name)}${space()}=${space()}${value}${end}${eol}`
    }
  }
  return random() < 0.2 ? text.trimEnd() : text
}

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!
}

function shuffled<T>(random: () => number, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
