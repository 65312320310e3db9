import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import type { MachineView } from '../api/index.ts'
import { createLive, type Live } from './live.ts'

const row = (mac: string) => ({ mac, padding: 'x'.repeat(1000) }) as unknown as MachineView
const rows = (macs: string[]) => macs.map((mac) => ({ mac, bty_image_ref: null }))

function hub(t: TestContext, macs: string[], options: Partial<Parameters<typeof createLive>[0]> = {}): Live {
  const live = createLive({
    store: {
      machines: {
        after: (mac: string, limit: number) => rows(macs.filter((other) => other > mac).slice(0, limit)),
        assigned: () => [],
        summary: () => ({ total: macs.length }),
      },
      catalog: { summary: () => ({ total: 0 }) },
    } as unknown as Parameters<typeof createLive>[0]['store'],
    view: (mac) => (macs.includes(mac) ? row(mac) : null),
    intervalMs: 1,
    ...options,
  })
  t.after(() => live.close())
  return live
}

async function nextText(reader: Readable): Promise<string> {
  const [chunk] = (await once(reader, 'data')) as [Buffer]
  return chunk.toString()
}

/** Every chunk up to the first with an id. */
async function untilId(reader: Readable): Promise<string[]> {
  const texts: string[] = []
  reader.on('data', (chunk: Buffer) => texts.push(chunk.toString()))
  while (!texts.some((text) => text.includes('id: '))) await once(reader, 'data')
  return texts
}

const dataOf = (text: string, event: string) =>
  JSON.parse(new RegExp(`event: ${event}\n(?:id: \\S+\n)?data: (.*)\n`).exec(text)![1]!) as {
    full: boolean
    range: { after: string; upto: string | null }
    rows: { mac: string }[]
  }

test('a change without readers builds nothing', (t) => {
  let built = 0
  const live = hub(t, ['a'], { view: (mac) => (built++, row(mac)) })
  for (let i = 0; i < 100; i++) live.machineChanged('a')
  equal(built, 0)
})

test('changes of one interval are built once each, and once for all readers', async (t) => {
  let built = 0
  const live = hub(t, ['a', 'b'], { view: (mac) => (built++, row(mac)) })
  const readers = [live.openMachines('', 's'), live.openMachines('', 's')]
  await Promise.all(readers.map(nextText))
  built = 0
  for (let i = 0; i < 100; i++) for (const mac of ['a', 'b']) live.machineChanged(mac)
  const texts = await Promise.all(readers.map(nextText))
  equal(built, 2)
  equal(texts[0], texts[1])
  deepEqual(
    dataOf(texts[0]!, 'machines-update').rows.map(({ mac }) => mac),
    ['a', 'b'],
  )
})

test('a comment keeps idle connections alive', async (t) => {
  const live = hub(t, [], { heartbeatMs: 5 })
  const [machines, workers] = [live.openMachines('', 's'), live.openWorkers('s')]
  await Promise.all([nextText(machines), nextText(workers)])
  const keepAlive = setInterval(() => undefined, 1000) // the hub's own timer does not hold the process
  t.after(() => clearInterval(keepAlive))
  deepEqual(await Promise.all([nextText(machines), nextText(workers)]), [
    ': keepalive\n\n',
    ': keepalive\n\n',
  ])
})

test('rows that cannot be read end the streams, not the server', async (t) => {
  let broken = false
  const live = hub(t, ['a'], {
    view(mac) {
      if (broken) throw new Error('disk I/O error')
      return row(mac)
    },
  })
  const reader = live.openMachines('', 's')
  broken = true
  live.machineChanged('a')
  const keepAlive = setInterval(() => undefined, 1000) // the hub's own timer does not hold the process
  t.after(() => clearInterval(keepAlive))
  await once(reader, 'close')
  broken = false
  equal(dataOf(await nextText(live.openMachines('', 's')), 'machines-update').full, true)
})

test('a reader that does not read is dropped before more than the limit waits for it', async (t) => {
  const live = hub(t, ['a'], { maxWaitingBytes: 10_000 })
  const lazy = live.openWorkers('s')
  const closed = once(lazy, 'close')
  let waiting = 0
  for (let i = 0; i < 1000 && !lazy.destroyed; i++) {
    live.workerChanged({ kind: 'release', key: `v${i}`, status: 'running' })
    waiting = Math.max(waiting, lazy.readableLength)
  }
  await closed
  ok(lazy.destroyed)
  ok(waiting > 5_000 && waiting <= 10_000, `${waiting} bytes waited`)
})

test('a large fleet comes in parts, each told only once it is read, and the last one with the id', async (t) => {
  const macs = Array.from({ length: 2500 }, (_, i) => `${10_000 + i}`)
  const live = hub(t, macs)
  const reader = live.openMachines('', 's')
  const texts = [await nextText(reader), await nextText(reader), await nextText(reader)]
  const parts = texts.map((text) => dataOf(text, 'machines-update'))
  deepEqual(
    parts.map(({ full, range, rows }) => [full, range.after, range.upto, rows.length]),
    [
      [true, '', '10999', 1000],
      [true, '10999', '11999', 1000],
      [true, '11999', null, 500],
    ],
  )
  deepEqual(
    texts.map((text) => text.includes('id: ')),
    [false, false, true],
  )
  equal((dataOf(texts[0]!, 'dashboard-machine') as unknown as { total: number }).total, 2500)
})

test('a change amid the parts is told at once, without an id to come back with', async (t) => {
  const macs = Array.from({ length: 1500 }, (_, i) => `${10_000 + i}`)
  const live = hub(t, macs)
  const reader = live.openMachines('', 's')
  live.machineChanged('10003')
  const texts = await untilId(reader)
  deepEqual(
    texts.map((text) => [dataOf(text, 'machines-update').full, text.includes('id: ')]),
    [
      [true, false],
      [false, false],
      [true, true],
    ],
  )
  deepEqual(dataOf(texts[1]!, 'machines-update').rows, [row('10003')])
})

test('who comes back amid a burst of changes misses none of them', async (t) => {
  const macs = Array.from({ length: 800 }, (_, i) => `${10_000 + i}`)
  const live = hub(t, macs)
  const reader = live.openMachines('', 's')
  let id = /id: (\S+)/.exec(await nextText(reader))![1]!
  for (const mac of macs) live.machineChanged(mac)
  const burst = await nextText(reader)
  id = /id: (\S+)/.exec(burst)?.[1] ?? id
  reader.destroy()
  const again = await untilId(live.openMachines(id, 's'))
  const told = [burst, ...again].flatMap((text) => dataOf(text, 'machines-update').rows)
  equal(new Set(told.map(({ mac }) => mac)).size, macs.length)
})

test('too many changes to remember: who comes back gets everything', async (t) => {
  const live = hub(t, ['a'])
  const id = /id: (\S+)/.exec(await nextText(live.openMachines('', 's')))![1]!
  for (let i = 0; i < 20_001; i++) live.machineChanged(`${i}`)
  equal(dataOf(await nextText(live.openMachines(id, 's')), 'machines-update').full, true)
})

test('closing ends readers, and later ones at once', async (t) => {
  const live = hub(t, [])
  const reader = live.openMachines('', 's')
  const ended = once(reader, 'end')
  reader.resume()
  live.close()
  await ended
  const late = live.openWorkers('s').resume()
  await once(late, 'end')
})
