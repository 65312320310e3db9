import { deepEqual, equal, match } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { helperCommand } from '../server/desk/helper-command.ts'

const policy = readFileSync(join(import.meta.dirname, 'resources/org.bty.console.policy'), 'utf8')
const builder = readFileSync(join(import.meta.dirname, '../electron-builder.yml'), 'utf8')
const actions = [...policy.matchAll(/<action id="([^"]+)">([^]*?)<\/action>/g)].map(([, id, text]) => ({
  id,
  valueOf: (tag: string) => new RegExp(`<${tag}>([^<]+)</`).exec(text!)?.[1],
  note: (key: string) =>
    new RegExp(`"org\\.freedesktop\\.policykit\\.exec\\.${key}">([^<]+)<`).exec(text!)?.[1],
}))

const asked = [
  ['org.bty.console.write-disks', 'disks', /write to the drives that you choose$/],
  ['org.bty.console.low-ports', 'low-ports', /answer network boots on UDP ports 67 and 69$/],
] as const
for (const [id, mode, words] of asked)
  test(`${id} is about the program that the console starts with pkexec for ${mode}, and says so`, () => {
    const { note, valueOf } = actions.find((action) => action.id === id)!
    const path = note('path')!
    const command = helperCommand(
      {
        platform: 'linux',
        isRoot: false,
        find: (program) => `/usr/bin/${program}`,
        node: '/opt/node',
        helper: '/opt/helper.js',
        installed: path,
      },
      mode,
    )
    deepEqual(command, { command: '/usr/bin/pkexec', args: [path, note('argv1')] })
    match(valueOf('message')!, words)
    match(builder, new RegExp(`=${path}\\n`))
  })

test('an administrator is asked each time, and nobody from elsewhere gets the rights', () => {
  deepEqual(
    actions.map(({ id }) => id),
    asked.map(([id]) => id),
  )
  for (const { valueOf } of actions) {
    equal(valueOf('allow_any'), 'no')
    for (const tag of ['allow_active', 'allow_inactive']) equal(valueOf(tag), 'auth_admin')
  }
  match(builder, /org\.bty\.console\.policy=\/usr\/share\/polkit-1\/actions\//)
})
