import { deepEqual, equal, throws } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readBootPlan } from './boot-plan.ts'
import { bootMemory } from './memory.ts'
import { milestones } from './milestones.ts'
import { isLiveSystem } from './reboot.ts'
import { serverUrl } from './server.ts'

const urls: [text: string, url: string][] = [
  ['bty-server', 'http://bty-server'],
  [' 10.0.0.1:8080/ ', 'http://10.0.0.1:8080'],
  ['https://h/base//', 'https://h/base'],
]
for (const [text, url] of urls) test(`server ${JSON.stringify(text)}`, () => equal(serverUrl(text), url))

const steps: [rule: string, total: number | null, done: number[], passed: number[][]][] = [
  ['each once and in order', 100, [0, 24, 25, 60, 99, 100, 100], [[], [], [25], [50], [75], [100], []]],
  ['a jump passes several', 1000, [999, 2000], [[25, 50, 75], [100]]],
  ['none without a total', null, [5], [[]]],
  ['none for an empty total', 0, [5], [[]]],
]
for (const [rule, total, done, passed] of steps)
  test(`milestones: ${rule}`, () => {
    const next = milestones()
    deepEqual(
      done.map((bytes) => next(bytes, total)),
      passed,
    )
  })

const lines: [cmdline: string, live: boolean][] = [
  ['BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet', false],
  ['boot=live components fetch=http://h/x', true],
  ['console=ttyS0 bty.mac=aa:bb:cc:dd:ee:ff', true],
  ['xboot=live notbty.mac=1', false],
]
for (const [cmdline, live] of lines)
  test(`${cmdline} is ${live ? '' : 'not '}live`, () => equal(isLiveSystem(cmdline), live))

test('a plan of an older or newer server keeps what is known of it', () =>
  deepEqual(readBootPlan('{"mode":"interactive","catalog":"http://h/c","extra":1}'), {
    mode: 'interactive',
    catalog: 'http://h/c',
  }))
test('a plan of another mode is refused with its text', () =>
  throws(() => readBootPlan('{"mode":"local"}'), /unknown .*"local"/))

test('a boot remembers its UUID and what it wrote, whatever the marker looks like', () => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-run-'))
  try {
    const first = bootMemory(join(dir, 'bty'))
    equal(first.flashed, null)
    first.remember({ state: 'verified', serial: 'S' })
    const second = bootMemory(join(dir, 'bty'))
    equal(second.boot, first.boot)
    deepEqual(second.flashed, { state: 'verified', serial: 'S' })
    writeFileSync(join(dir, 'bty', 'flashed'), '{"sta')
    equal(bootMemory(join(dir, 'bty')).flashed?.state, 'writing')
  } finally {
    rmSync(dir, { recursive: true })
  }
})
