/** Machines: saving, its events and resets, downloads, the plain forms, validation entries. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { MAC, testServer, type Client } from './server.ts'

const REF = 'c'.repeat(64)

interface Entry {
  type: string
  loc: (string | number)[]
  msg: string
  input: unknown
  ctx?: Record<string, unknown>
}

const put = (client: Client, json: unknown, mac = MAC) =>
  client.ask(`/machines/${mac}`, { method: 'PUT', json })

test('PUT creates and replaces, with 200 and the event of each', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const created = await put(operator, { labels: ['zed', 'Alpha', 'zed'] }, 'AA-BB-CC-DD-EE-FF')
  equal(created.status, 200)
  const machine = created.json()
  deepEqual(Object.keys(machine), [
    ...['mac', 'bty_image_ref', 'labels', 'discovered_at', 'last_seen_at', 'last_seen_ip', 'boot_mode'],
    ...['sanboot_drive', 'last_flashed_at', 'known_disks', 'known_disks_at', 'target_disk_serial'],
    ...['created_at', 'updated_at'],
  ])
  deepEqual([machine['mac'], machine['boot_mode'], machine['discovered_at']], [MAC, 'ipxe-exit', null])
  deepEqual(machine['labels'], ['Alpha', 'zed'])
  match(String(machine['created_at']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

  const wish = {
    bty_image_ref: REF,
    labels: ['b', 'a'],
    boot_mode: 'bty-flash-once',
    sanboot_drive: '0x81',
    target_disk_serial: 'S1',
  }
  const saved = (await put(operator, wish)).json()
  deepEqual({ ...saved, ...wish, labels: saved['labels'] }, saved)
  deepEqual(saved['labels'], ['a', 'b'])
  const events = running.deps.store.events.list({ subject_id: MAC, limit: 10 })
  deepEqual(
    events.map(({ kind, actor, source_ip }) => [kind, actor, source_ip]),
    [
      ['machine.upserted', 'operator', '127.0.0.1'],
      ['machine.created', 'operator', '127.0.0.1'],
    ],
  )
  deepEqual(events[0]!.details, wish)
  deepEqual(events[1]!.details!['labels'], ['zed', 'Alpha', 'zed'])
})

const cases: [what: string, body: unknown, entries: Partial<Entry>[]][] = [
  ['not an object', [], [{ type: 'model_attributes_type', loc: ['body'] }]],
  ['null', null, [{ type: 'model_attributes_type', loc: ['body'] }]],
  [
    'a short ref',
    { bty_image_ref: 'abc' },
    [
      {
        type: 'string_pattern_mismatch',
        loc: ['body', 'bty_image_ref'],
        msg: "String should match pattern '^[0-9a-f]{64}$'",
        input: 'abc',
        ctx: { pattern: '^[0-9a-f]{64}$' },
      },
    ],
  ],
  [
    'an upper-case ref',
    { bty_image_ref: 'A'.repeat(64) },
    [{ type: 'string_pattern_mismatch', loc: ['body', 'bty_image_ref'] }],
  ],
  [
    'seventeen labels',
    { labels: Array.from({ length: 17 }, (_, i) => `l${i}`) },
    [
      {
        type: 'too_long',
        loc: ['body', 'labels'],
        msg: 'List should have at most 16 items after validation, not 17',
        ctx: { field_type: 'List', max_length: 16, actual_length: 17 },
      },
    ],
  ],
  [
    'labels of the wrong kinds',
    { labels: ['ok', '', 'x'.repeat(65), '-dash', 'a,b', 7] },
    [
      { type: 'string_too_short', loc: ['body', 'labels', 1], ctx: { min_length: 1 } },
      { type: 'string_too_long', loc: ['body', 'labels', 2], ctx: { max_length: 64 } },
      {
        type: 'string_pattern_mismatch',
        loc: ['body', 'labels', 3],
        ctx: { pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]*$' },
      },
      { type: 'string_pattern_mismatch', loc: ['body', 'labels', 4] },
      { type: 'string_type', loc: ['body', 'labels', 5], input: 7 },
    ],
  ],
  ['labels that are no list', { labels: 'a,b' }, [{ type: 'list_type', loc: ['body', 'labels'] }]],
  [
    'a label with a line end',
    { labels: ['a\n'] },
    [{ type: 'string_pattern_mismatch', loc: ['body', 'labels', 0] }],
  ],
  [
    'an unknown mode',
    { boot_mode: 'flash' },
    [{ type: 'string_pattern_mismatch', loc: ['body', 'boot_mode'] }],
  ],
  [
    'a drive without 0x',
    { sanboot_drive: '80' },
    [{ type: 'string_pattern_mismatch', loc: ['body', 'sanboot_drive'] }],
  ],
  [
    'a long serial',
    { target_disk_serial: 'x'.repeat(129) },
    [{ type: 'string_too_long', loc: ['body', 'target_disk_serial'], ctx: { max_length: 128 } }],
  ],
  [
    'unknown keys beside a bad one',
    { boot_mode: 5, one: 1, two: 2 },
    [
      { type: 'string_type', loc: ['body', 'boot_mode'] },
      { type: 'extra_forbidden', loc: ['body', 'one'], msg: 'Extra inputs are not permitted', input: 1 },
      { type: 'extra_forbidden', loc: ['body', 'two'] },
    ],
  ],
  [
    '__proto__',
    JSON.parse('{"__proto__":{"boot_mode":"bty-tui"}}'),
    [{ type: 'extra_forbidden', loc: ['body', '__proto__'] }],
  ],
]
test('each way to be invalid has its entry, all fields at once, and nothing is saved', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  for (const [what, body, expected] of cases) {
    const { status, json } = await put(operator, body)
    equal(status, 422, what)
    const { detail } = json<{ detail: Entry[] }>()
    equal(detail.length, expected.length, `${what}: ${JSON.stringify(detail)}`)
    detail.forEach((entry, i) => {
      deepEqual(
        Object.keys(entry).filter((key) => key !== 'ctx'),
        ['type', 'loc', 'msg', 'input'],
        what,
      )
      deepEqual({ ...entry, ...expected[i] }, entry, what)
    })
  }
  equal(running.deps.store.machines.get(MAC), null)
})

test('a body that says it is not JSON is refused', async (t) => {
  const { signedIn } = await testServer(t)
  const operator = await signedIn()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const asked = { method: 'PUT', body: '{}', headers: { 'content-type': type } }
    equal((await operator.ask(`/machines/${MAC}`, asked)).status, 422, type)
  }
  for (const type of ['application/json; charset=utf-8', 'application/vnd.api+json', ''])
    equal(
      (
        await operator.ask(`/machines/${MAC}`, {
          method: 'PUT',
          body: '{}',
          headers: type === '' ? {} : { 'content-type': type },
        })
      ).status,
      200,
      type,
    )
})

test('the missing field of an inventory disk is named by its place', async (t) => {
  const { anyone } = await testServer(t)
  await anyone.ask(`/pxe/${MAC}`)
  const json = { disks: [{ path: '/dev/sda' }, { serial: 'S' }], extra: true }
  const { status, text } = await anyone.ask(`/pxe/${MAC}/inventory`, { method: 'POST', json })
  equal(status, 422)
  deepEqual(JSON.parse(text), {
    detail: [
      { type: 'missing', loc: ['body', 'disks', 1, 'path'], msg: 'Field required', input: { serial: 'S' } },
      { type: 'extra_forbidden', loc: ['body', 'extra'], msg: 'Extra inputs are not permitted', input: true },
    ],
  })
})

test('changing what a machine should do starts its cycle again, labels do not, re-arming does', async (t) => {
  const { signedIn, running } = await testServer(t)
  const { machines, events } = running.deps.store
  const operator = await signedIn()
  const wish = { boot_mode: 'bty-flash-once', bty_image_ref: REF, target_disk_serial: 'S1' }
  await put(operator, wish)
  const finish = () =>
    machines.change(MAC, { saw_flasher_boot: true, last_flashed_at: '2026-01-01T00:00:00.000000+00:00' })
  const idle = () => machines.get(MAC)!.last_flashed_at === null && !machines.get(MAC)!.saw_flasher_boot

  finish()
  await put(operator, { ...wish, labels: ['x'], sanboot_drive: '0x81' })
  ok(!idle())
  await put(operator, { ...wish, target_disk_serial: 'S2' })
  ok(idle())
  finish()
  const { status, json } = await operator.ask(`/api/machines/${MAC}/rearm`, { method: 'POST' })
  equal(status, 200)
  equal(json()['boot_mode'], 'bty-flash-once')
  ok(idle())
  equal(events.list({ limit: 1 })[0]!.kind, 'machine.rearmed')
})

test('deleting is final and an event; deleting nothing is neither', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  await put(operator, {})
  equal((await operator.ask(`/machines/${MAC}`, { method: 'DELETE' })).status, 204)
  equal((await operator.ask(`/machines/${MAC}`, { method: 'DELETE' })).status, 404)
  const kinds = running.deps.store.events.list({ subject_id: MAC, limit: 10 }).map(({ kind }) => kind)
  deepEqual(kinds, ['machine.deleted', 'machine.created'])
})

test('lshw.json and disks.json come as attachments, or 404 with what is missing', async (t) => {
  const { signedIn, anyone } = await testServer(t)
  const operator = await signedIn()
  const path = (file: string) => `/machines/${MAC}/${file}`
  equal((await anyone.ask(path('lshw.json'))).status, 401)
  equal((await operator.ask(path('lshw.json'))).text, `{"detail":"no machine record for ${MAC}"}`)
  await put(operator, {})
  equal((await operator.ask(path('lshw.json'))).text, `{"detail":"no lshw hardware inventory for ${MAC}"}`)
  equal((await operator.ask(path('disks.json'))).text, `{"detail":"no disk inventory for ${MAC}"}`)
  equal((await operator.ask('/machines/nonsense/disks.json')).status, 400)

  const json = { disks: [{ path: '/dev/sda', serial: 'S1' }], lshw: { id: 'box', children: [] } }
  await anyone.ask(`/pxe/${MAC}/inventory`, { method: 'POST', json })
  const lshw = await operator.ask(path('lshw.json'))
  equal(lshw.headers['content-disposition'], 'attachment; filename="aa-bb-cc-dd-ee-ff-lshw.json"')
  equal(lshw.headers['content-type'], 'application/json')
  equal(lshw.text, '{"children":[],"id":"box"}')
  const disks = await operator.ask(path('disks.json'))
  equal(disks.headers['content-disposition'], 'attachment; filename="aa-bb-cc-dd-ee-ff-disks.json"')
  equal((disks.json() as unknown as { serial: string }[])[0]!.serial, 'S1')
})

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

test('the form saves like PUT, with labels as a comma list', async (t) => {
  const { signedIn, running, anyone } = await testServer(t)
  const page = `/ui/machines/${MAC}`
  deepEqual(where(await anyone.ask(page, form({}))), [303, '/ui/login'])
  const operator = await signedIn()
  const fields = { labels: ' b, A ,a,, B ', boot_mode: '', sanboot_drive: ' ', bty_image_ref: REF }
  deepEqual(where(await operator.ask(page, form(fields))), [303, '/ui/machines'])
  const saved = running.deps.store.machines.get(MAC)!
  deepEqual([saved.labels, saved.boot_mode, saved.bty_image_ref], [['A', 'b'], 'ipxe-exit', REF])
  deepEqual(running.deps.store.events.list({ limit: 1 })[0]!.details!['labels'], ['b', 'A'])

  const [status, location] = where(await operator.ask(page, form({ sanboot_drive: 'C:', labels: '-x' })))
  equal(status, 303)
  const error = decodeURIComponent(location!)
  match(
    error,
    /^\/ui\/machines\/aa:bb:cc:dd:ee:ff\?error=validation failed: labels\.0: .*; sanboot_drive: String should match/,
  )

  const noDisk = where(await operator.ask(page, form({ boot_mode: 'bty-flash-once' })))
  match(decodeURIComponent(noDisk[1]!), /\?error=boot_mode=bty-flash-once requires a target disk/)
  equal(running.deps.store.machines.get(MAC)!.boot_mode, 'ipxe-exit')
  equal((await operator.ask('/ui/machines/zz', form({}))).status, 400)

  const gone = encodeURIComponent(MAC)
  deepEqual(where(await operator.ask(`${page}/delete`, form({}))), [303, `/ui/machines?deleted=${gone}`])
  deepEqual(where(await operator.ask(`${page}/delete`, form({}))), [303, `/ui/machines?missing=${gone}`])
})

function where({
  status,
  headers,
}: {
  status: number
  headers: Record<string, unknown>
}): [number, string | undefined] {
  return [status, headers['location'] as string | undefined]
}

test('the view says what the machine waits for and what failed last', async (t) => {
  const { signedIn, anyone } = await testServer(t)
  const operator = await signedIn()
  const view = async () => (await operator.ask(`/api/machines/${MAC}`)).json()
  await put(operator, { boot_mode: 'bty-inventory' })
  const before = await view()
  deepEqual([before['armed'], before['boot_state'], before['image_name']], [false, 'pending inventory', null])
  const json = { status: 'failed', reason: 'sha256 mismatch' }
  equal((await anyone.ask(`/pxe/${MAC}/status`, { method: 'POST', json })).status, 204)
  match(String((await view())['failure']), /sha256 mismatch/)
  await anyone.ask(`/pxe/${MAC}/done`, { method: 'POST' })
  equal((await view())['failure'], null)
})

test('events: exact filters, paging by id, limits clamped, bad numbers refused', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const { store } = running.deps
  for (let i = 0; i < 520; i++)
    store.events.add({
      kind: i % 2 ? 'a.failed' : 'a.done',
      subject_kind: 'machine',
      subject_id: `m${i % 10}`,
      actor: 'system',
      source_ip: null,
      summary: `${i}`,
      details: null,
    })
  const list = async (query: string) => {
    const { status, json } = await operator.ask(`/events?${query}`)
    equal(status, 200, query)
    return json<{ events: { id: number; summary: string; kind: string }[] }>().events
  }
  equal((await list('')).length, 50)
  equal((await list('limit=9999')).length, 500)
  equal((await list('limit=0')).length, 1)
  equal((await list('limit=-5')).length, 1)
  deepEqual(
    (await list('subject_id=m3&limit=2')).map(({ summary }) => summary),
    ['513', '503'],
  )
  equal((await list('kind=a.done&limit=500')).length, 260)
  ok((await list('failed=x')).every(({ kind }) => kind === 'a.failed'))
  equal(
    (await list('failed=')).some(({ kind }) => kind === 'a.done'),
    true,
  )
  const [first] = await list('limit=1')
  deepEqual((await list(`before_id=${first!.id}&limit=1`))[0]!.id, first!.id - 1)
  for (const bad of ['limit=abc', 'limit=', 'limit=1.5', 'before_id=0x10', 'before_id='])
    equal((await operator.ask(`/events?${bad}`)).status, 422, bad)
})

test('acknowledging an event: 404 for none, 422 for no number', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const ack = (id: string) => operator.ask(`/events/${id}/ack`, { method: 'POST' })
  equal((await ack('1')).text, '{"id":1,"acknowledged":true}')
  equal(running.deps.store.events.list({ limit: 1 })[0]!.acknowledged, true)
  equal((await ack('999')).text, '{"detail":"no event with id 999"}')
  const { status, json } = await ack('x')
  equal(status, 422)
  deepEqual(json<{ detail: Entry[] }>().detail[0]!.loc, ['path', 'id'])
})

test('the acknowledge form takes many ids and skips unknown ones', async (t) => {
  const { signedIn, running } = await testServer(t)
  const operator = await signedIn()
  const { events } = running.deps.store
  await put(operator, {})
  const ids = events.list({ limit: 2 }).map(({ id }) => id)
  const send = async (body: string) => {
    const { status, text } = await operator.ask('/ui/events/acknowledge', { ...form({}), body })
    return [status, JSON.parse(text)]
  }
  const both = ids.map((id) => `ids=${id}`).join('&')
  deepEqual(await send(`${both}&ids=9999`), [200, { updated: 2, acknowledged: true }])
  ok(events.list({ limit: 2 }).every(({ acknowledged }) => acknowledged))
  deepEqual(await send(`${both}&acknowledged=0`), [200, { updated: 2, acknowledged: false }])
  ok(events.list({ limit: 2 }).every(({ acknowledged }) => !acknowledged))
  equal((await send('ids=x'))[0], 422)
})

test('behind a trusted proxy the client is the left-most address', async (t) => {
  const { signedIn, running } = await testServer(t, { env: { BTY_SERVER_TRUSTED_PROXY: '0' } })
  const operator = await signedIn()
  const headers = { 'x-forwarded-for': ' , ::ffff:192.168.1.5, 10.0.0.1' }
  await operator.ask(`/machines/${MAC}`, { method: 'PUT', json: {}, headers })
  equal(running.deps.store.events.list({ limit: 1 })[0]!.source_ip, '192.168.1.5')
  const direct = await testServer(t)
  const other = await direct.signedIn()
  await other.ask(`/machines/${MAC}`, { method: 'PUT', json: {}, headers })
  equal(direct.running.deps.store.events.list({ limit: 1 })[0]!.source_ip, '127.0.0.1')
})
