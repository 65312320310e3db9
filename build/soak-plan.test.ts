import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { soakEnv, soakFiles } from './soak-plan.ts'

test('without names every long form runs, with names those, and a wrong name is told', () => {
  const all = soakFiles([])
  ok(Array.isArray(all) && all.length > 1)
  deepEqual(soakFiles(['kill']), ['tests/fault/kill.test.ts'])
  match(String(soakFiles(['kil'])), /^there is no kil; there are: kill, /)
})

test('every variable of a soak is read by a test of it, and what is set already stays', () => {
  const sources = (soakFiles([]) as string[]).map((file) => readFileSync(file, 'utf8'))
  for (const name of Object.keys(soakEnv({}, '7')))
    ok(
      sources.some((source) => source.includes(name)),
      name,
    )
  const env = soakEnv({ BTY_TEST_KILLS: '3' }, '7')
  deepEqual([env['BTY_TEST_KILLS'], env['BTY_SEED']], ['3', '7'])
})

test('every test of a soak reads a count of it', () => {
  const names = Object.keys(soakEnv({}, '7')).filter((name) => !name.endsWith('SEED'))
  for (const file of soakFiles([]) as string[])
    equal(
      names.some((name) => readFileSync(file, 'utf8').includes(name)),
      true,
      file,
    )
})
