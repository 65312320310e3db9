import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DROPPED } from './assets.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.github/workflows')
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
/** The only step with no script of ours behind it: it hands the finished files to the host. */
const PUBLISH = 'gh release create "$GITHUB_REF_NAME" --verify-tag --generate-notes dist/release/*'

const steps = files.flatMap((file) =>
  [...readFileSync(join(folder, file), 'utf8').matchAll(/^\s*(?:- )?run: (.+)$/gm)].map((found) => ({
    file,
    command: found[1]!,
  })),
)

test('the workflows are the two that are meant, and have steps', () => {
  deepEqual(files.sort(), ['check.yml', 'release.yml'])
  ok(steps.length > 8)
})

for (const { file, command } of steps)
  test(`${file} runs "${command}", which a person can run too`, () => {
    const [, script] = /^npm run ([a-z]+)( -- .+)?$/.exec(command) ?? []
    if (script !== undefined) equal(script in scripts, true)
    else ok(['npm ci', '.ci/run', PUBLISH].includes(command), command)
  })

test('no step is a block of shell that nobody else runs', () => {
  for (const file of files) equal(/run: *[|>]/.test(readFileSync(join(folder, file), 'utf8')), false)
})

test('only publishing may write to the repository', () => {
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8')
    ok(text.includes('\npermissions:\n  contents: read\n'))
    equal(text.split('contents: write').length - 1, file === 'release.yml' ? 1 : 0)
  }
})

test('what the release leaves out of the reference is named in its page', () => {
  const page = readFileSync(join(root, 'docs/release.md'), 'utf8')
  for (const name of Object.keys(DROPPED)) ok(page.includes(name), name)
})
