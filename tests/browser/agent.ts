/** A machine that network-boots, as the server sees it: plain HTTP, like the agent's. */
import { randomUUID } from 'node:crypto'
import type { InventoryDisk, Phase, Progress } from '../../server/api/index.ts'

export interface SimulatedMachine {
  mac: string
  /** The boot script of this moment. */
  boot(): Promise<string>
  inventory(disks: Partial<InventoryDisk>[], lshw?: Record<string, unknown>): Promise<void>
  plan(): Promise<Record<string, unknown>>
  /** Counts are bytes. */
  progress(phase: Phase, counts?: Partial<Progress>): Promise<void>
  done(): Promise<void>
  failed(reason: string): Promise<void>
}

export function simulatedMachine(base: string, mac: string): SimulatedMachine {
  const boot = randomUUID()
  let seq = 0

  async function send(method: string, path: string, body?: unknown): Promise<Response> {
    const answer = await fetch(new URL(`/pxe/${mac}${path}`, base), {
      method,
      headers: { 'x-bty-boot': boot, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} /pxe/${mac}${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  return {
    mac,
    boot: async () => (await send('GET', '')).text(),
    async inventory(disks, lshw) {
      await send('POST', '/inventory', { disks, ...(lshw === undefined ? {} : { lshw }) })
    },
    plan: async () => (await send('GET', '/plan')).json() as Promise<Record<string, unknown>>,
    async progress(phase, counts = {}) {
      const none = { bytes_read: 0, bytes_read_total: null, bytes_written: 0, bytes_written_total: null }
      await send('POST', '/progress', { v: 1, boot, seq: seq++, phase, ...none, error: null, ...counts })
    },
    async done() {
      await send('POST', '/done')
    },
    async failed(reason) {
      await send('POST', '/status', { status: 'failed', reason })
    },
  }
}
