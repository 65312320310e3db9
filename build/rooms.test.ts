import { deepEqual, equal } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brokenRule, importsOf } from './rooms.ts'

const cases: [file: string, specifier: string, allowed: boolean][] = [
  ['server/start.ts', '../flasher/image/format.ts', true],
  ['server/start.ts', '../renderer/src/app.ts', false],
  ['server/start.ts', 'koa', true],
  ['flasher/flash.ts', '../server/api/index.ts', false],
  ['renderer/src/state/live.ts', '../../../server/api/index.ts', true],
  ['renderer/src/state/live.ts', '../../../server/start.ts', false],
  ['server/api/schemas.ts', 'zod', true],
  ['server/api/schemas.ts', 'koa', false],
  ['server/api/routes.ts', './schemas.ts', true],
  ['server/api/routes.ts', '../store/open.ts', false],
  ['server/store/open.test.ts', '../../tests/harness/temp.ts', true],
  ['server/store/open.ts', '../../tests/harness/temp.ts', false],
  ['media/main.ts', '../flasher/index.ts', false],
]
for (const [file, specifier, allowed] of cases)
  test(`${file} ${allowed ? 'may' : 'may not'} import ${specifier}`, () =>
    equal(brokenRule(file, specifier) === null, allowed))

test('imports are found in every form', () =>
  deepEqual(
    importsOf(
      "import a from 'a'\nimport {\n b\n} from './b.ts'\nexport * from './c.ts'\nawait import('./d.ts')\nimport 'e'",
    ),
    ['a', './b.ts', './c.ts', './d.ts', 'e'],
  ))

test('every file keeps to its room', () => {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).split(
    '\n',
  )
  const sources = listed.filter((f) => /\.(ts|svelte|js|cjs|mjs|cts|mts)$/.test(f) && existsSync(f))
  const broken = sources.flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).flatMap((specifier) => {
      const rule = file === 'build/rooms.test.ts' ? null : brokenRule(file, specifier)
      return rule === null ? [] : [`${file}: ${specifier}: ${rule}`]
    }),
  )
  deepEqual(broken, [])
})
