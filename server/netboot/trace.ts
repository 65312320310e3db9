import type { SeenClient, TraceEntry } from '../api/index.ts'
import type { BootTrace } from '../deps.ts'

interface Client {
  firmware: string | null
  entries: TraceEntry[]
}

export interface TraceOptions {
  /** Milliseconds since the epoch. */
  now: () => number
  /** Clients remembered; the one seen least recently goes first. */
  maxClients?: number
  /** Entries per client; the oldest goes first. */
  maxEntries?: number
}

const MAX_TEXT = 300

/**
 * The story of each client's boot, in memory and bounded both ways: anyone on the LAN can make up MAC addresses.
 * A step repeated with the same text becomes one entry with a count and the time of the last.
 */
export function createTrace({ now, maxClients = 500, maxEntries = 200 }: TraceOptions): BootTrace {
  const clients = new Map<string, Client>() // least recently seen first
  const owners = new Map<string, string>() // address -> MAC that had it last

  return {
    record(mac, step, text, { firmware, about } = {}) {
      const client = clients.get(mac) ?? { firmware: null, entries: [] }
      clients.delete(mac)
      clients.set(mac, client)
      dropOldest(clients, maxClients)
      if (firmware !== undefined) client.firmware = firmware
      addEntry(client.entries, {
        at: timestamp(now()),
        step,
        text: text.slice(0, MAX_TEXT),
        ...(about !== undefined && { about: about.slice(0, MAX_TEXT) }),
        count: 1,
      })
      if (client.entries.length > maxEntries) client.entries.shift()
    },
    macOf: (ip) => owners.get(plainAddress(ip)) ?? null,
    sawAddress(ip, mac) {
      const address = plainAddress(ip)
      owners.delete(address)
      owners.set(address, mac)
      dropOldest(owners, maxClients)
    },
    entries: (mac) => (clients.get(mac)?.entries ?? []).map((entry) => ({ ...entry })),
    clients: () => [...clients].map(([mac, client]) => seen(mac, client)).reverse(),
  }
}

function addEntry(entries: TraceEntry[], entry: TraceEntry): void {
  const last = entries.at(-1)
  if (last === undefined || last.step !== entry.step || last.text !== entry.text) entries.push(entry)
  else Object.assign(last, { at: entry.at, count: last.count + 1 })
}

function seen(mac: string, { firmware, entries }: Client): SeenClient {
  const last = entries.at(-1)!
  return { mac, last_at: last.at, firmware, last: { ...last } }
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return
    map.delete(key)
  }
}

/** `::ffff:192.0.2.7`, as a dual-stack socket reports it, and `192.0.2.7` are one address. */
function plainAddress(ip: string): string {
  return ip.startsWith('::ffff:') ? ip.slice('::ffff:'.length) : ip
}

/** ISO 8601, UTC, microseconds, as everywhere in the contract. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000+00:00')
}
