import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

function check(input: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, 'bty.ts'), 'catalog', ...args],
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
    child.stdin!.on('error', () => undefined)
    child.stdin!.end(input)
  })
}

const image = (lines: string) => `[[images]]\n${lines}\n`
const GOOD = `version = 1\n${image(`name = "a-amd64.img.gz"\nsrc = "https://x/a"\nsha256 = "${'a'.repeat(64)}"`)}`

test('a valid catalog ends with 0 and lists its images', async () => {
  const { code, stdout } = await check(GOOD, 'check', '-')
  equal(code, 0)
  match(
    stdout,
    /^a-amd64\.img\.gz\n {2}ref 13a94853[0-9a-f]{56} {2}format img\.gz {2}arch x86_64 {2}size -\n/,
  )
  match(stdout, /<stdin>: 1 images, 0 errors, 0 warnings\n$/)
})

test('what is unwise is warned of, and the catalog stays valid', async () => {
  const toml = `version = 1\n${image('name = "a"\nsrc = "http://x/a"')}${image('name = "b.img"\nsrc = "oras://h/o/r:t"')}`
  const { code, stdout } = await check(toml, 'check', '--json', '-')
  equal(code, 0)
  const { images } = JSON.parse(stdout) as { images: { warnings: string[] }[] }
  deepEqual(
    images.map(({ warnings }) => warnings.length),
    [3, 2],
  )
})

test('all that is wrong with a catalog is told at once, with 1', async () => {
  const toml = `version = 1\n${image('src = "https://x/a"')}${image('name = "b"\nsrc = "file:///etc/shadow"\nsha256 = "zz"')}`
  const { code, stdout } = await check(toml, 'check', '-')
  equal(code, 1)
  deepEqual(stdout.match(/^error: .*/gm)?.length, 3)
})

for (const args of [[], ['check'], ['check', 'a', 'b'], ['list', 'a'], ['check', '/no/such/catalog.toml']])
  test(`bty catalog ${args.join(' ')} ends with 2`, async () => {
    const { code, stdout } = await check('', ...args)
    deepEqual([code, stdout], [2, ''])
  })
