/** The manual pages: no fault that mandoc finds, and the flags of the programs, neither more nor fewer. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EXIT } from '../../flasher/bin/exit-codes.ts'

const page = (name: string) => readFileSync(`docs/man/${name}.1`, 'utf8')
const program = {
  bty: 'flasher/bin/bty.ts',
  'bty-console': 'server/main.ts',
  'bty-helper': 'flasher/bin/bty-helper.ts',
}
const helps = (name: keyof typeof program, commands: readonly string[][]) =>
  [['--help'], ...commands]
    .map((args) => spawnSync(process.execPath, [program[name], ...args], { encoding: 'utf8' }))
    .map(({ stdout, stderr }) => stdout + stderr)

const pages = [
  {
    name: 'bty',
    texts: () =>
      helps('bty', [
        ['flash', '-h'],
        ['burn', '-h'],
        ['disks', '-h'],
        ['images', '-h'],
        ['capture', '-h'],
        ['catalog'],
      ]),
  },
  { name: 'bty-console', texts: () => helps('bty-console', []) },
  { name: 'bty-helper', texts: () => helps('bty-helper', []) },
] as const

for (const { name, texts } of pages) {
  test(`${name}(1) has no fault`, () => {
    const { status, stdout, stderr } = spawnSync('mandoc', ['-Tlint', `docs/man/${name}.1`], {
      encoding: 'utf8',
    })
    ok(status !== null, 'mandoc is installed')
    // References to pages that this machine has not indexed are no fault of the page.
    const faults = (stdout + stderr)
      .split('\n')
      .filter((line) => line !== '' && !/outdated mandoc\.db|referenced manual not found/.test(line))
    deepEqual(faults, [])
  })

  test(`${name}(1) has the flags of the program, neither more nor fewer`, () => {
    const told = new Set(texts().flatMap((text) => text.match(/--[a-z][a-z0-9-]*/g) ?? []))
    const paged = new Set([...page(name).matchAll(/Fl -([a-z][a-z0-9-]*)/g)].map(([, flag]) => `--${flag}`))
    ok(told.size > 5)
    deepEqual([...paged].toSorted(), [...told].toSorted())
  })
}

test('bty(1) has every exit code with its name', () => {
  for (const [name, code] of Object.entries(EXIT)) {
    const label = name === 'ok' || name === 'usage' ? '' : `\n.Li ${name} :`
    ok(page('bty').includes(`.It ${code}${label}`), `${code} ${name}`)
  }
})

test('the summaries of bty flash and bty burn have every exit code', () => {
  for (const text of helps('bty', [
    ['flash', '-h'],
    ['burn', '-h'],
  ]).slice(1))
    for (const code of Object.values(EXIT))
      ok(code < 10 || code === 130 || text.includes(`${code} `), String(code))
  equal(new Set(Object.values(EXIT)).size, Object.keys(EXIT).length)
})
