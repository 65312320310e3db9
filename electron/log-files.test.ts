import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDir } from '../tests/harness/temp.ts'
import { openLogFiles } from './log-files.ts'

test('a line is in the file before write returns, and a later start goes on behind it', (t) => {
  const folder = join(tempDir(t), 'logs')
  const first = openLogFiles(folder)
  first.write('one\n')
  match(readFileSync(join(folder, 'console.log'), 'utf8'), /^\d{4}-\d\d-\d\dT[\d:.]+Z one\n$/)
  first.close()
  const second = openLogFiles(folder)
  second.write('two')
  match(second.tail(1000), /one\n.* two\n$/)
  second.close()
})

test('files are bounded in size and number, the oldest go', (t) => {
  const folder = tempDir(t)
  const log = openLogFiles(folder, { maxBytes: 1000, files: 3 })
  for (let n = 0; n < 200; n++) log.write(`line ${n} ${'x'.repeat(40)}`)
  log.write('y'.repeat(100_000))
  deepEqual(readdirSync(folder).sort(), ['console.1.log', 'console.2.log', 'console.log'])
  for (const name of ['console.1.log', 'console.2.log']) ok(statSync(join(folder, name)).size <= 1000)
  ok(statSync(join(folder, 'console.log')).size < 9000)
  match(log.tail(20_000), /line 199/)
  equal(log.tail(5).length, 5)
  log.close()
})

test('a folder that cannot be made loses the log and nothing else', (t) => {
  const file = join(tempDir(t), 'file')
  writeFileSync(file, '')
  const log = openLogFiles(join(file, 'logs'))
  log.write('x')
  equal(log.tail(10), '')
  log.close()
})
