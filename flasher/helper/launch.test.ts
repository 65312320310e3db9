import { deepEqual, equal } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { launchFor, shellWord } from './launch.ts'

const HARD = `/Apps/it's "bty" $HOME \\ &/node`

test('macOS: one shell command inside one AppleScript text, whatever the path', () => {
  const launch = launchFor('macos', [HARD, '--connect', '/tmp/a b'])!
  equal(launch.command, '/usr/bin/osascript')
  const script = launch.args[1]!
  const [, quoted] =
    /^do shell script "((?:[^"\\]|\\.)*)" with prompt "[^"]+" with administrator privileges$/.exec(script)!
  const command = quoted!.replace(/\\(.)/g, '$1')
  equal(
    execFileSync('/bin/sh', ['-c', `printf '%s|' ${command}`], { encoding: 'utf8' }),
    `${HARD}|--connect|/tmp/a b|`,
  )
})

for (const [mode, why] of [
  ['--disks', 'wants to write to disks'],
  ['--low-ports', 'wants to answer network boots'],
] as const)
  test(`macOS: the question says what ${mode} is for`, () =>
    equal(launchFor('macos', [HARD, mode])!.args[1]!.includes(`with prompt "bty console ${why}`), true))

test('Windows: one argument each, whatever is in it', () => {
  const { args } = launchFor('windows', [`C:\\it's\\node.exe`, 'C:\\a b\\', 'say "x"'])!
  deepEqual(
    args.at(-1)!,
    `$ErrorActionPreference = 'Stop'; Start-Process -FilePath 'C:\\it''s\\node.exe' -ArgumentList '"C:\\a b\\\\"', '"say \\"x\\""' -Verb RunAs -WindowStyle Hidden`,
  )
})

test('in a terminal somebody else starts it', () => equal(launchFor('terminal', ['node']), null))

test('a shell reads a word as it is', () =>
  equal(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(HARD)}`], { encoding: 'utf8' }), HARD))
