import { deepEqual, equal, match } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { helperCommand } from '../server/desk/helper-command.ts'

const policy = readFileSync(join(import.meta.dirname, 'resources/org.bty.console.policy'), 'utf8')
const builder = readFileSync(join(import.meta.dirname, '../electron-builder.yml'), 'utf8')
const valueOf = (tag: string) => new RegExp(`<${tag}[^>]*>([^<]+)</`).exec(policy)?.[1]

test('the policy is about the program that the console starts with pkexec, where the packages put it', () => {
  const path = valueOf('annotate')!
  const command = helperCommand({
    platform: 'linux',
    isRoot: false,
    find: (program) => `/usr/bin/${program}`,
    node: '/opt/node',
    helper: '/opt/helper.js',
    installed: path,
  })
  deepEqual(command, { command: '/usr/bin/pkexec', args: [path] })
  match(builder, new RegExp(`=${path}\\n`))
  match(builder, /org\.bty\.console\.policy=\/usr\/share\/polkit-1\/actions\//)
})

test('an administrator is asked each time, and nobody from elsewhere gets the rights', () => {
  equal(valueOf('allow_any'), 'no')
  for (const tag of ['allow_active', 'allow_inactive']) equal(valueOf(tag), 'auth_admin')
  match(valueOf('message')!, /write to the drives that you choose, or answer network boots/)
})
