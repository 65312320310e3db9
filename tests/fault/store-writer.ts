/** Writes to a store for ever and prints the number of each write once it is acknowledged. */
import { writeSync } from 'node:fs'
import { openStore } from '../../server/store/open.ts'

const store = openStore({ dir: process.argv[2]!, version: 'test' })
let next = Number(process.argv[3])
const mac = 'aa:bb:cc:dd:ee:ff'

function record(n: number): void {
  store.machines.contact(mac, '192.0.2.7')
  store.events.add({
    kind: 'test.write',
    subject_kind: 'machine',
    subject_id: mac,
    actor: 'system',
    source_ip: null,
    summary: 'a write',
    details: { n },
  })
}

async function contacts(): Promise<void> {
  for (;;) {
    const n = next++
    await store.contactWrite(() => record(n))
    writeSync(1, `${n}\n`)
    if (n % 50 !== 0) continue
    const durable = next++
    store.durable(() => record(durable))
    writeSync(1, `${durable}\n`)
  }
}
await Promise.all([contacts(), contacts(), contacts()])
