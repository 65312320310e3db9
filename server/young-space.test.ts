import { equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** Prints the most that the space has been: a full collection makes it small again. */
const LOAD = `
const { getHeapSpaceStatistics } = require('node:v8')
const young = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size
const kept = []
let most = 0
for (let i = 0; i < 2e6; i++) {
  kept.push({ i, text: 'x' + i })
  if (kept.length > 2e5) kept.length = 0
  if (i % 1e4 === 0) most = Math.max(most, young())
}
console.log(most / 1024 / 1024)`

/** Far from both: 4 to 11 MiB with the flag, 128 without. */
const LIMIT_MIB = 40

function youngSpaceMib(more: string[]): number {
  const { stdout } = spawnSync(process.execPath, [...more, '-e', LOAD], { encoding: 'utf8' })
  return Number(stdout)
}

test('under load the young space stays as small as it began, and grows without that', () => {
  equal(youngSpaceMib(['--import', join(import.meta.dirname, 'young-space.js')]) < LIMIT_MIB, true)
  equal(youngSpaceMib([]) > LIMIT_MIB, true)
})
