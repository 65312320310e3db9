import { equal, match } from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { firstDifference } from './compare.ts'
import { releaseToml, writeRelease } from './release-toml.ts'
import { run } from './run.ts'

const dir = await mkdtemp(join(tmpdir(), 'bty-compare-'))
after(() => rm(dir, { recursive: true, force: true }))
const [one, two] = [join(dir, 'one'), join(dir, 'two')]
await mkdir(one)
await mkdir(two)
const put = async (a: Buffer, b: Buffer): Promise<void> => {
  await writeFile(join(one, 'x'), a)
  await writeFile(join(two, 'x'), b)
}

const MIB = 1024 * 1024
const changed = (at: number): Buffer => {
  const bytes = Buffer.alloc(9 * MIB)
  bytes[at] = 1
  return bytes
}
const cases: [what: string, a: Buffer, b: Buffer, said: RegExp | null][] = [
  ['the same', changed(5), changed(5), null],
  ['another first byte', changed(0), Buffer.alloc(9 * MIB), /^x differs from byte 0 on: 01/],
  [
    'a byte beyond the first chunk',
    Buffer.alloc(9 * MIB),
    changed(5 * MIB + 3),
    /byte 5242883 on: 00.* and 01/,
  ],
  ['the last byte', Buffer.alloc(9 * MIB), changed(9 * MIB - 1), /byte 9437183 on/],
  ['a longer file', Buffer.alloc(4), Buffer.alloc(5), /^x has 4 bytes in one build and 5 in the other/],
]
for (const [what, a, b, said] of cases)
  test(`two builds with ${what}`, async () => {
    await put(a, b)
    const found = await firstDifference(one, two, ['x'])
    if (said === null) equal(found, null)
    else match(String(found), said)
  })

test('release.toml names every medium of its version with size and sum, and no sums', async () => {
  const out = join(dir, 'media')
  await mkdir(out)
  for (const name of [
    'bty-a-v1.2.vmlinuz',
    'bty-a-v1.2.sha256',
    'bty-b-v1.2.iso',
    'bty-b-v1.2.iso.sha256',
    'bty-b-v1.3.iso',
  ])
    await writeFile(join(out, name), name)
  await writeRelease(out, '1.2', 1_760_000_000)
  const sum = (await run('sha256sum', ['bty-b-v1.2.iso'], { cwd: out })).slice(0, 64)
  const text = await run('cat', [join(out, 'release.toml')])
  match(text, /^version = "1\.2"\ntag = "v1\.2"\nreleased = "2025-10-09T08:53:20Z"\n/)
  equal(text.match(/^name = /gm)?.length, 2)
  match(text, new RegExp(`name = "bty-b-v1\\.2\\.iso"\nsize = 14\nsha256 = "${sum}"`))
  equal(releaseToml('1', 0, []), 'version = "1"\ntag = "v1"\nreleased = "1970-01-01T00:00:00Z"\n')
})
