/** Search, order and pages of the lists over HTTP; without parameters they answer as they always did. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { imageRow } from '../harness/rows.ts'
import { type Client, testServer } from './server.ts'

const mac = (n: number) =>
  `52:54:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
const HEADERS = ['x-total-count', 'x-page', 'x-per-page', 'x-pages', 'x-total-capped']

async function asked(
  client: Client,
  path: string,
): Promise<{ rows: Record<string, string>[]; told: unknown[] }> {
  const answer = await client.ask(path)
  equal(answer.status, 200, answer.text)
  const body = answer.json<Record<string, string>[] | { events: Record<string, string>[] }>()
  return { rows: Array.isArray(body) ? body : body.events, told: HEADERS.map((name) => answer.headers[name]) }
}

const none = undefined

test('machines: all of them, some of them, or a page', async (t) => {
  const { running, signedIn } = await testServer(t)
  const { store } = running.deps
  store.durable(() => {
    for (let n = 0; n < 450; n++) store.machines.contact(mac(n), n < 12 ? '10.0.0.9' : '10.0.1.1')
  })
  const client = await signedIn()
  const all = await asked(client, '/machines')
  deepEqual(all.told, [none, none, none, none, none])
  deepEqual(
    all.rows.map((row) => row['mac']),
    Array.from({ length: 450 }, (_, n) => mac(n)),
  )
  deepEqual(all.rows[7], (await client.ask(`/machines/${mac(7)}`)).json())
  const found = await asked(client, '/machines?q=10.0.0.9&dir=desc')
  deepEqual(
    [found.rows.length, found.rows[0]!['mac'], ...found.told],
    [12, mac(11), '12', none, none, none, none],
  )
  const page = await asked(client, '/machines?sort=last_seen_at&dir=desc&page=99&per_page=100')
  deepEqual(
    [page.rows.length, page.rows.at(-1)!['mac'], ...page.told],
    [50, mac(0), '450', '5', '100', '5', none],
  )
  const odd = await asked(client, '/machines?sort=1;DROP&page=x&per_page=7&filter=assigned')
  deepEqual([odd.rows, ...odd.told], [[], '0', '1', '10', '1', none])
  const views = await asked(client, '/api/machines?sort=mac&dir=desc')
  deepEqual([views.rows.length, views.rows[0]!['mac'], views.rows[0]!['image_name']], [10, mac(449), null])
})

test('images and catalog entries: in the order of adding, or as asked', async (t) => {
  const { running, signedIn } = await testServer(t)
  const names = ['b.img.gz', 'A.img.xz', 'c-arm64.img.gz']
  for (const [n, name] of names.entries())
    running.deps.store.catalog.insert(
      imageRow({
        bty_image_ref: String(n).repeat(64),
        src: `https://e.example/${n}`,
        name,
        format: name.slice(-6),
      }),
    )
  const client = await signedIn()
  for (const path of ['/images', '/catalog/entries']) {
    const listed = async (query: string) => (await asked(client, path + query)).rows.map((row) => row['name'])
    deepEqual(await listed(''), names)
    deepEqual(await listed('?sort=name'), ['A.img.xz', 'b.img.gz', 'c-arm64.img.gz'])
    deepEqual(await listed('?sort=ref&dir=desc'), names.toReversed())
    deepEqual(await listed('?q=ARM64'), ['c-arm64.img.gz'])
    deepEqual(await listed(`?q=${'1'.repeat(64)}`), ['A.img.xz'])
    deepEqual((await asked(client, `${path}?page=2`)).told, ['3', '1', '10', '1', none])
  }
})

test('events: searched, paged, and counted up to a limit', async (t) => {
  const { running, signedIn } = await testServer(t)
  const { store } = running.deps
  const client = await signedIn()
  store.durable(() => {
    for (let n = 0; n < 1200; n++)
      store.events.add({
        kind: 'machine.flashed',
        subject_kind: 'machine',
        subject_id: mac(n),
        actor: 'pxe-client',
        source_ip: null,
        summary: n === 3 ? 'one of 100% wool' : 'flashed',
        details: null,
      })
  })
  const plain = await asked(client, '/events?limit=2')
  deepEqual([plain.rows.length, ...plain.told], [2, none, none, none, none, none])
  const rare = await asked(client, '/events?q=100%25%20W')
  deepEqual(
    [rare.rows.map((row) => row['subject_id']), ...rare.told],
    [[mac(3)], '1', none, none, none, none],
  )
  const common = await asked(client, '/events?q=FLASHED&per_page=25&page=2')
  deepEqual([common.rows.length, common.rows[0]!['subject_id']], [25, mac(1174)])
  deepEqual(common.told, ['1000', '2', '25', '40', '1'])
  const last = await asked(client, '/events?page=1000&per_page=100')
  equal(last.rows.at(-1)!['id'] as unknown, 1)
  equal((await client.ask(`/events?q=${'x'.repeat(257)}`)).status, 422)
})
