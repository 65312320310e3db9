/** The code is formatted, linted and typed. Slow checks, so they stand in one file. */
import { equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const checks: [rule: string, command: string[]][] = [
  ['formatted', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['linted', ['eslint', '--max-warnings', '0', '.']],
  ['typed', ['tsc', '-p', '.']],
  ['typed in the console', ['svelte-check', '--tsconfig', 'renderer/tsconfig.json', '--output', 'human']],
]
for (const [rule, command] of checks)
  test(`the code is ${rule}`, () => {
    const ran = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' })
    equal(ran.status, 0, `${command.join(' ')}\n${ran.stdout}\n${ran.stderr}`)
  })
