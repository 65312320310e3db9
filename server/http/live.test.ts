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
        after: (_mac: string, limit: number) => rows(macs).slice(0, limit),
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

const dataOf = (text: string, event: string) =>
  JSON.parse(new RegExp(`event: ${event}\nid: \\S+\ndata: (.*)\n`).exec(text)![1]!) as {
    full: boolean
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

test('the first picture is one page', async (t) => {
  const macs = Array.from({ length: 1200 }, (_, i) => `${i}`)
  const live = hub(t, macs)
  const text = await nextText(live.openMachines('', 's'))
  equal(dataOf(text, 'machines-update').rows.length, 1000)
  equal((dataOf(text, 'dashboard-machine') as unknown as { total: number }).total, 1200)
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
