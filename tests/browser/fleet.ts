/** A large fleet in the store of a running server, and changes of it at a steady pace. */
import type { ConsoleServer } from './console.ts'

const hex = (n: number) => n.toString(16).padStart(2, '0')
export const fleetMac = (n: number) => `52:54:00:f1:${hex(n >> 8)}:${hex(n & 255)}`

/** Makes `count` machines known, without a boot of each. */
export function fillFleet({ server }: ConsoleServer, count: number): void {
  const { store } = server.deps
  store.durable(() => {
    for (let n = 0; n < count; n++) store.machines.contact(fleetMac(n), '10.1.0.1')
  })
  for (let n = 0; n < count; n++) server.deps.hub.machineChanged(fleetMac(n))
}

/** Commits one machine's new address and tells the consoles. */
export function move({ server }: ConsoleServer, n: number, ip: string): void {
  const { store, hub } = server.deps
  store.durable(() => store.machines.change(fleetMac(n), { last_seen_ip: ip }))
  hub.machineChanged(fleetMac(n))
}

/** Calls `change` 50 times a second, with 0, 1, 2 ..., `count` times in all. */
export async function storm(count: number, change: (turn: number) => void): Promise<void> {
  const started = performance.now()
  for (let turn = 0; turn < count; turn++) {
    change(turn)
    const waitMs = started + (turn + 1) * 20 - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
