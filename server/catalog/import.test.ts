import { deepEqual, equal, rejects } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../../tests/harness/temp.ts'
import type { Deps } from '../deps.ts'
import { openStore } from '../store/open.ts'
import { importCatalog } from './import.ts'

const entry = (i: number, src = `https://e.example/${i}.img`) =>
  `[[images]]\nname = "i${i}"\nsrc = "${src}"\n`
const catalog = (...entries: string[]) => Buffer.from(`version = 1\n${entries.join('')}`)
const many = (from: number, to: number) =>
  catalog(...Array.from({ length: to - from }, (_, i) => entry(from + i)))

function started(t: TestContext) {
  const dir = tempDir(t)
  const store = openStore({ dir, version: '0.1.0' })
  t.after(() => store.close())
  const hub = { catalogChanged() {} }
  const manifestFile = join(dir, 'catalog.toml')
  const bring = (text: Buffer) =>
    importCatalog({ store, hub, outbound: {} } as unknown as Deps, text, {
      source: 'test',
      manifestFile,
      ip: null,
    })
  return { store, bring, manifestFile }
}
const names = (store: Deps['store']) => store.catalog.list().map(({ name }) => name)

test('rows of many steps come in the order of the manifest, and of one address the first', async (t) => {
  const { store, bring } = started(t)
  await bring(catalog(entry(700, 'https://e.example/700.img')))
  const twice = Buffer.concat([many(0, 1201), Buffer.from(entry(9000, 'https://e.example/5.img'))])
  const { imported, skipped, errors } = await bring(twice)
  deepEqual([imported, skipped, errors], [1200, 2, []])
  const expected = Array.from({ length: 1201 }, (_, i) => `i${i}`).filter((name) => name !== 'i700')
  deepEqual(names(store), ['i700', ...expected])
})

test('an import that fails after its rows leaves the catalog and the file as they were, and comes again', async (t) => {
  const { store, bring, manifestFile } = started(t)
  await bring(many(0, 2))
  const add = t.mock.method(store.events, 'add', () => {
    equal(names(store).length, 1502) // this connection sees what is about to be undone
    throw new Error('no event')
  })
  await rejects(bring(many(0, 1502)), /no event/)
  deepEqual(names(store), ['i0', 'i1'])
  add.mock.restore()
  equal((await bring(many(0, 1502))).imported, 1500)
  equal(existsSync(manifestFile), true)
})

test('nobody sees rows of an import that is under way, and two imports at once do not mix', async (t) => {
  const { store, bring } = started(t)
  const seen = new Set<number>()
  const look = setInterval(() => seen.add(names(store).length), 0)
  const [one, two] = await Promise.all([bring(many(0, 2000)), bring(many(1000, 3000))])
  clearInterval(look)
  equal(one.imported + two.imported, 3000)
  equal(one.skipped + two.skipped, 1000)
  seen.delete(3000)
  deepEqual(
    [...seen].filter((count) => count !== 0 && count !== 2000),
    [],
  )
})
