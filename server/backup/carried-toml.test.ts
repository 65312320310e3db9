import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { parse as parseToml } from 'smol-toml'
import { joinToml, restoredToml, withoutSecrets } from './carried-toml.ts'

const parse = (text: string): unknown => JSON.parse(JSON.stringify(parseToml(text)))

const MINE = `# mine
[admin]
password = "hunter2-hunter2"  # from the safe

[server]
# session_secret = "an-older-one"
session_secret = "very-secret"
port = 8081
`

const SECRETIVE: [what: string, text: string][] = [
  ['a plain file', MINE],
  [
    'inline tables',
    'admin = { password = "hunter2-hunter2" }\nserver = { session_secret = "very-secret", port = 1 }\n',
  ],
  ['dotted keys', 'admin.password = "hunter2-hunter2"\nserver.session_secret = "very-secret"\n'],
  ['a comment that repeats it', `${MINE}# the password is hunter2-hunter2\n`],
  ['many lines', '[admin]\npassword = """\nhunter2-hunter2"""\n'],
]
for (const [what, text] of SECRETIVE)
  test(`${what} leaves without its secrets`, () => {
    const left = withoutSecrets(text)
    equal(/hunter2|very-secret|an-older-one/.test(left), false, left)
    parse(left)
  })

test('what is no secret stays to the letter', () => {
  const text = '# mine\n[server]\nport = 8081 # taken\n\n[netboot]\nproxy_dhcp = "on"\n'
  equal(withoutSecrets(text), text)
})

test('several files become one, the later winning by key', () => {
  deepEqual(parse(joinToml(['[a]\nx = 1\ny = 2\n', '[a]\ny = 3\n[b]\nz = 4\n'])), {
    a: { x: 1, y: 3 },
    b: { z: 4 },
  })
})

test("a restore keeps this computer's own keys and secrets, and says which", () => {
  const backup = '# theirs\n[server]\nhost = "10.0.0.1"\nport = 9000\n\n[netboot]\nproxy_dhcp = "on"\n'
  const present = '[admin]\npassword = "mine"\n[server]\nport = 8081\n[netboot]\nproxy_dhcp = "off"\n'
  const { text, kept } = restoredToml(backup, present)
  deepEqual(parse(text), {
    server: { port: 8081 },
    netboot: { proxy_dhcp: 'on' },
    admin: { password: 'mine' },
  })
  deepEqual(kept, ['server.host', 'server.port', 'admin.password'])
  equal(text.startsWith('# theirs\n'), true)
})

test('secrets come along where the backup carries them', () => {
  const { text } = restoredToml('[admin]\npassword = "theirs"\n', '[admin]\npassword = "mine"\n')
  deepEqual(parse(text), { admin: { password: 'theirs' } })
})
