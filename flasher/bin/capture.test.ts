import { deepEqual, equal, match } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { noise } from '../testing/images.ts'

const dir = mkdtempSync(join(tmpdir(), 'bty-capture-command-'))
after(() => rmSync(dir, { recursive: true }))
const disk = join(dir, 'disk')
writeFileSync(disk, noise(3 * 1024 * 1024))

function bty(...args: string[]) {
  const script = join(import.meta.dirname, 'bty.ts')
  return spawnSync(process.execPath, [script, 'capture', ...args], { encoding: 'utf8', timeout: 60_000 })
}

test('a captured disk is told in words', () => {
  const { status, stderr } = bty(disk, join(dir, 'a.img.zst'))
  equal(status, 0, stderr)
  match(stderr, /3\.0 MiB of the disk in .*read back and compared\nsha256 [0-9a-f]{64}\n$/)
})

test('as JSON lines, the last one is the result', () => {
  const { status, stdout } = bty('--json', '--level', '1', disk, join(dir, 'b.img.zst'))
  equal(status, 0)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const last = lines.at(-1)!
  deepEqual(
    [last['schema_version'], last['event'], last['content_bytes'], last['verified']],
    [1, 'result', 3 * 1024 * 1024, true],
  )
})

test('a refusal ends with 1, in words and as JSON', () => {
  writeFileSync(join(dir, 'c.img.zst'), '')
  match(bty(disk, join(dir, 'c.img.zst')).stderr, /exists already/)
  const { status, stdout } = bty('--json', disk, join(dir, 'c.img.zst'))
  equal(status, 1)
  match(stdout, /"event":"error","code":"refused"/)
})

for (const args of [
  [],
  [disk],
  [disk, 'a.img.zst', 'b'],
  ['--level', '20', disk, 'x.img.zst'],
  ['--fast', disk, 'x.img.zst'],
])
  test(`a wrong command line ends with 2: ${args.map((arg) => arg.split('/').at(-1)).join(' ')}`, () => {
    const { status, stderr } = bty(...args)
    equal(status, 2)
    match(stderr, /usage: bty capture/)
    equal(existsSync('x.img.zst'), false)
  })
