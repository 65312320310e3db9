import { equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs the command with its input at the end. */
function bty(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, 'bty.ts'), ...args],
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
    child.stdin!.end()
  })
}

test('--version names program and version', async () => {
  const { code, stdout } = await bty('--version')
  equal(code, 0)
  match(stdout, /^bty \d+\.\d+\.\d+\n$/)
})

for (const flag of ['-h', '--help'])
  test(`${flag} prints the usage`, async () => {
    const { code, stdout } = await bty(flag)
    equal(code, 0)
    match(stdout, /^usage: bty/)
  })

for (const args of [['--yes'], ['extra'], ['--mac']])
  test(`${args.join(' ')} is a bad command line`, async () => {
    const { code, stdout, stderr } = await bty(...args)
    equal(code, 2)
    equal(stdout, '')
    match(stderr, /usage: bty/)
  })

test('the end of input leaves with 0, between the markers of its life', async () => {
  const { code, stderr } = await bty('--catalog', '/no/such/catalog.toml')
  equal(code, 0)
  ok(stderr.indexOf('bty: entered v') < stderr.indexOf('The catalog cannot be read'))
  match(stderr, /bty: exiting v\d+\.\d+\.\d+\n$/)
})
