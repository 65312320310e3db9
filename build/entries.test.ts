/** The files that are started by name: those of package.json, and the JavaScript before TypeScript can be loaded. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../tests/harness/temp.ts'

const root = join(import.meta.dirname, '..')
const { bin, scripts, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: Record<string, string>
  scripts: Record<string, string>
  version: string
}
const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 })

for (const [name, file] of Object.entries(bin))
  test(`${name} starts through a link to its file, as npm installs it`, (t) => {
    ok(readFileSync(join(root, file), 'utf8').startsWith('#!/usr/bin/env node\n'))
    const link = join(tempDir(t), name)
    symlinkSync(join(root, file), link)
    const { status, stdout, stderr } = run(link, '--version')
    equal(status, 0, stderr)
    match(stdout, new RegExp(version.replaceAll('.', '\\.')))
  })

test('npm start answers for its version before anything is built', () => {
  const [node, file] = scripts['start']!.split(' ')
  equal(node, 'node')
  const { status, stdout, stderr } = run(join(root, file!), '--version')
  equal(status, 0, stderr)
  match(stdout, new RegExp(version.replaceAll('.', '\\.')))
})

/** A tree that has nothing but the cache of compiled code, and a program under it. */
function tree(t: TestContext) {
  const dir = tempDir(t)
  mkdirSync(join(dir, 'server'))
  cpSync(join(root, 'server/code-cache.js'), join(dir, 'server/code-cache.js'))
  writeFileSync(join(dir, 'server/main.js'), `import './code-cache.js'\nawait import('./program.js')\n`)
  writeFileSync(join(dir, 'server/program.js'), `console.log('runs')\n`)
  const setVersion = (of: string) =>
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module', version: of }))
  const start = () => equal(run(join(dir, 'server/main.js')).stdout, 'runs\n')
  return { dir, cache: join(dir, 'dist/code-cache'), setVersion, start }
}

test('compiled code is kept for this version and this Node alone', (t) => {
  const { cache, setVersion, start } = tree(t)
  setVersion('1.0.0')
  start()
  deepEqual(readdirSync(cache), [`1.0.0-node-${process.versions.node}`])
  mkdirSync(join(cache, '1.0.0-node-1.2.3', 'left'), { recursive: true })
  setVersion('1.0.1')
  start()
  deepEqual(readdirSync(cache), [`1.0.1-node-${process.versions.node}`])
})

test('compiled code of files that are long gone does not gather, and a start does not throw away what is in use', (t) => {
  const { cache, setVersion, start } = tree(t)
  setVersion('1.0.0')
  start()
  const own = join(cache, readdirSync(cache)[0]!)
  const count = () => readdirSync(own, { recursive: true }).length
  const kept = join(own, 'kept')
  writeFileSync(kept, '')
  start()
  ok(readdirSync(own).includes('kept'))
  for (let n = 0; n < 5000; n++) writeFileSync(join(own, `old-${n}`), '')
  start()
  ok(count() < 50)
  ok(!readdirSync(own).includes('kept'))
})

test('where nothing can be kept the program runs', (t) => {
  const { dir, setVersion, start } = tree(t)
  setVersion('1.0.0')
  writeFileSync(join(dir, 'dist'), 'a file where the folder would be')
  start()
})
