import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../../tests/harness/temp.ts'
import { openStore } from '../store/open.ts'
import { seedCatalog } from './seed.ts'

function setup(t: TestContext) {
  const dir = tempDir(t)
  const store = openStore({ dir, version: '0.0.0' })
  t.after(() => store.close())
  const warnings: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (text: string) => void warnings.push(text) }
  const file = join(dir, 'catalog.toml')
  return { store, file, warnings, seed: () => seedCatalog(store, file, log) }
}

test('what the file lists and the database lacks is added, what is known stays', async (t) => {
  const { store, file, seed, warnings } = setup(t)
  writeFileSync(file, 'version = 1\n[[images]]\nname = "a.img"\nsrc = "https://e.example/a.img"\n')
  equal(await seed(), 1)
  const [row] = store.catalog.list()
  deepEqual([row!.name, row!.format, row!.resolved_src], ['a.img', 'img', null])
  writeFileSync(
    file,
    'version = 1\n' +
      '[[images]]\nname = "renamed"\nsrc = "https://e.example/a.img"\n' +
      '[[images]]\nname = "b"\nsrc = "oras://ghcr.io/a/b:c"\n' +
      '[[images]]\nname = "bad"\nsrc = "gopher://x"\n',
  )
  equal(await seed(), 1)
  deepEqual(
    store.catalog.list().map(({ name }) => name),
    ['a.img', 'b'],
  )
  deepEqual(warnings, [])
})

test('without a file nothing happens; one that cannot be used is told and ignored', async (t) => {
  const { store, file, seed, warnings } = setup(t)
  equal(await seed(), 0)
  deepEqual(warnings, [])
  writeFileSync(file, 'version = 7')
  equal(await seed(), 0)
  match(warnings[0]!, /catalog\.toml is ignored: .*version/)
  equal(store.catalog.list().length, 0)
})

test('a folder in the place of the file is told', async (t) => {
  const { file, seed, warnings } = setup(t)
  mkdirSync(file)
  equal(await seed(), 0)
  match(warnings[0]!, /was not read: .* is not a regular file/)
})
