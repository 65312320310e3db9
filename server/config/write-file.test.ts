import { deepEqual, equal, throws } from 'node:assert/strict'
import fs, {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempDir } from '../../tests/harness/temp.ts'
import { replaceFile } from './write-file.ts'

test('a file keeps its mode, and nothing is left beside it', (t) => {
  const dir = tempDir(t)
  const file = join(dir, 'bty.toml')
  writeFileSync(file, 'old')
  chmodSync(file, 0o604)
  replaceFile(file, 'new')
  deepEqual(
    [readFileSync(file, 'utf8'), statSync(file).mode & 0o7777, readdirSync(dir)],
    ['new', 0o604, ['bty.toml']],
  )
})

test('a link stays a link to the file that changes', (t) => {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'real'), 'old')
  symlinkSync(join(dir, 'real'), join(dir, 'bty.toml'))
  replaceFile(join(dir, 'bty.toml'), 'new')
  equal(readFileSync(join(dir, 'real'), 'utf8'), 'new')
  equal(lstatSync(join(dir, 'bty.toml')).isSymbolicLink(), true)
})

for (const code of ['EBUSY', 'EXDEV'])
  test(`a file that cannot be replaced (${code}) is written in place, also when it gets shorter`, (t) => {
    const dir = tempDir(t)
    const file = join(dir, 'bty.toml')
    writeFileSync(file, 'the old text')
    const { ino } = statSync(file)
    const mounted = () => {
      throw Object.assign(new Error(code), { code })
    }
    replaceFile(file, 'new', mounted)
    deepEqual([readFileSync(file, 'utf8'), statSync(file).ino, readdirSync(dir)], ['new', ino, ['bty.toml']])
  })

test('a disk that fails leaves the old text', (t) => {
  const dir = tempDir(t)
  const file = join(dir, 'bty.toml')
  writeFileSync(file, 'old')
  t.mock.method(fs, 'fsyncSync', () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
  })
  throws(() => replaceFile(file, 'new'), { code: 'ENOSPC' })
  deepEqual([readFileSync(file, 'utf8'), readdirSync(dir)], ['old', ['bty.toml']])
})
