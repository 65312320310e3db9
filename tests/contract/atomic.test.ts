/** What an operator does is written together with its event, or not at all. */
import { deepEqual, equal } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageRow } from '../harness/rows.ts'
import { MAC, testServer, type Asked } from './server.ts'

const IMAGE = imageRow()
const MANIFEST = `version = 1
[[images]]
name = "new.img"
src = "https://e.example/new.img"
sha256 = "${'d'.repeat(64)}"
`

const WRITES: [what: string, path: string, asked: Asked][] = [
  ['creating a machine', '/machines/00:00:00:00:00:01', { method: 'PUT', json: {} }],
  ['saving a machine', `/machines/${MAC}`, { method: 'PUT', json: { labels: ['new'] } }],
  ['deleting a machine', `/machines/${MAC}`, { method: 'DELETE' }],
  ['starting a machine over', `/api/machines/${MAC}/rearm`, { method: 'POST' }],
  [
    'adding an image',
    '/catalog/entries',
    { method: 'POST', json: { image_url: 'http://127.0.0.1:1/a.img' } },
  ],
  ['removing an image', `/catalog/entries?src=${encodeURIComponent(IMAGE.src)}`, { method: 'DELETE' }],
  ['importing a catalog', '/api/catalog/upload', { method: 'POST', body: MANIFEST }],
]
for (const [what, path, asked] of WRITES)
  test(`${what} without its event does not happen`, async (t) => {
    const { running, dir, signedIn } = await testServer(t)
    const { store, log } = running.deps
    const operator = await signedIn()
    store.machines.save(MAC, {
      bty_image_ref: null,
      labels: ['old'],
      boot_mode: 'bty-inventory',
      sanboot_drive: null,
      target_disk_serial: null,
    })
    store.machines.change(MAC, { saw_flasher_boot: true, armed_at: store.now() })
    store.catalog.insert(IMAGE)
    const state = () => [
      store.machines.list(),
      store.catalog.list(),
      existsSync(join(dir, 'state', 'catalog.toml')),
    ]
    const before = state()
    t.mock.method(log, 'error', () => undefined)
    const add = t.mock.method(store.events, 'add', () => {
      throw new Error('the disk is full')
    })
    equal((await operator.ask(path, asked)).status, 500)
    deepEqual(state(), before)
    equal(add.mock.callCount(), 1)
  })

test('a deleted machine leaves no progress behind', async (t) => {
  const { running, anyone, signedIn } = await testServer(t)
  const operator = await signedIn()
  await anyone.ask(`/pxe/${MAC}`)
  const json = {
    v: 1,
    boot: '123e4567-e89b-42d3-a456-426614174000',
    seq: 1,
    phase: 'write',
    bytes_read: 1,
    bytes_read_total: null,
    bytes_written: 1,
    bytes_written_total: null,
    error: null,
  }
  equal((await anyone.ask(`/pxe/${MAC}/progress`, { method: 'POST', json })).status, 204)
  equal(running.deps.progress.view(MAC)?.phase, 'write')
  equal((await operator.ask(`/machines/${MAC}`, { method: 'DELETE' })).status, 204)
  equal(running.deps.progress.view(MAC), null)
})
