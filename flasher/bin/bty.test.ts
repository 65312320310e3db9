import { equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Stands for the kernel log, the console and the status file of the machine that the tests run on. */
const sinks = mkdtempSync(join(tmpdir(), 'bty-sinks-'))
after(() => rmSync(sinks, { recursive: true }))
beforeEach(() => ['kmsg', 'console', 'status'].forEach((name) => writeFileSync(join(sinks, name), '')))
const sink = (name: string) => readFileSync(join(sinks, name), 'utf8')

/** Runs the command with its input at the end. */
function bty(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, 'bty.ts'), ...args],
      { env: { ...process.env, BTY_SINKS_DIR: sinks } },
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
  ok(stderr.indexOf('bty: entered v') < stderr.indexOf('The catalog /no/such/catalog.toml cannot be read'))
  match(stderr, /bty: exiting v\d+\.\d+\.\d+\n$/)
  match(sink('status'), /^bty: starting v\d+\.\d+\.\d+\n$/)
  match(sink('kmsg'), /^<6>bty: entered v.*\n<6>bty: exiting v.*\n$/)
  match(sink('console'), /^bty: entered v.*\r\nbty: exiting v.*\r\n$/)
})
