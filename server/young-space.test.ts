import { equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const LOAD = `
const { getHeapSpaceStatistics } = require('node:v8')
const kept = []
for (let i = 0; i < 2e6; i++) { kept.push({ i, text: 'x' + i }); if (kept.length > 2e5) kept.length = 0 }
const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
console.log(space_size / 1024 / 1024)`

function youngSpaceMib(more: string[]): number {
  const { stdout } = spawnSync(process.execPath, [...more, '-e', LOAD], { encoding: 'utf8' })
  return Number(stdout)
}

test('under load the young space stays as small as it began, and grows without that', () => {
  equal(youngSpaceMib(['--import', join(import.meta.dirname, 'young-space.js')]) <= 4, true)
  equal(youngSpaceMib([]) >= 16, true)
})
