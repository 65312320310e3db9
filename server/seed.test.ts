import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { tempDir } from '../tests/harness/temp.ts'
import { seedBootFolder } from './seed.ts'

function prepared(t: TestContext) {
  const dir = tempDir(t)
  const [seed, boot] = [join(dir, 'seed'), join(dir, 'boot')]
  mkdirSync(seed)
  mkdirSync(boot)
  const warnings: string[] = []
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: (text: string) => void warnings.push(text), error: quiet }
  return { seed, boot, warnings, log }
}

test('files that are missing are copied, those that are there stay', async (t) => {
  const { seed, boot, warnings, log } = prepared(t)
  writeFileSync(join(seed, 'ipxe.efi'), 'seeded')
  writeFileSync(join(seed, 'undionly.kpxe'), 'seeded')
  writeFileSync(join(seed, '.hidden'), 'seeded')
  mkdirSync(join(seed, 'folder'))
  symlinkSync('/etc/hostname', join(seed, 'link'))
  writeFileSync(join(boot, 'ipxe.efi'), "the operator's")
  await seedBootFolder(seed, boot, log)
  deepEqual(readdirSync(boot).toSorted(), ['ipxe.efi', 'undionly.kpxe'])
  equal(readFileSync(join(boot, 'ipxe.efi'), 'utf8'), "the operator's")
  equal(readFileSync(join(boot, 'undionly.kpxe'), 'utf8'), 'seeded')
  deepEqual(warnings, [])
})

test('a folder of the same name counts as there', async (t) => {
  const { seed, boot, warnings, log } = prepared(t)
  mkdirSync(join(boot, 'a'))
  writeFileSync(join(seed, 'a'), 'seeded')
  writeFileSync(join(seed, 'c'), 'seeded')
  await seedBootFolder(seed, boot, log)
  deepEqual([readdirSync(boot).toSorted(), warnings], [['a', 'c'], []])
})

test('a file is seen whole or not at all while it is copied', async (t) => {
  const { seed, boot, log } = prepared(t)
  const sizeBytes = 96 * 1024 * 1024
  writeFileSync(join(seed, 'big.squashfs'), Buffer.alloc(sizeBytes, 1))
  const seen = new Set<number | undefined>()
  const look = () => seen.add(statSync(join(boot, 'big.squashfs'), { throwIfNoEntry: false })?.size)
  const seeding = seedBootFolder(seed, boot, log).then(() => true)
  while (!(await Promise.race([seeding, setImmediate(false)]))) look()
  look()
  deepEqual([...seen], [undefined, sizeBytes])
})

test('a folder that is not there is logged and nothing else', async (t) => {
  const { seed, boot, warnings, log } = prepared(t)
  await seedBootFolder(join(seed, 'absent'), boot, log)
  deepEqual(readdirSync(boot), [])
  equal(warnings.length, 1)
  match(warnings[0]!, /seed folder .*absent/)
})
