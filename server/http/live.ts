/**
 * The hub behind `GET /events/machines` and `/events/workers`. A change only marks a MAC; ten times a second at most the
 * rows that changed are built once and handed to every reader. A reader that does not keep up is dropped.
 */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { MachinesUpdate, MachineView } from '../api/index.ts'
import type { LiveHub } from '../deps.ts'
import type { Store } from '../store/types.ts'

export interface WorkerChange {
  kind: 'release' | 'backup' | 'cache'
  key: string
  status: 'running' | 'completed' | 'cancelled' | 'failed'
}

export interface Live extends LiveHub {
  workerChanged(change: WorkerChange): void
  /** A stream of the machines; `lastEventId` as the browser sends it after a broken connection, else empty. */
  openMachines(lastEventId: string, session: string): Readable
  openWorkers(session: string): Readable
  /** Ends the streams that were opened by a session. */
  endSession(session: string): void
}

export interface LiveOptions {
  store: Pick<Store, 'machines' | 'catalog'>
  /** The row of one machine; null when it is gone. */
  view(mac: string): MachineView | null
  /** Milliseconds between two updates of one stream. */
  intervalMs?: number
  heartbeatMs?: number
  /** Bytes that may wait for one reader before it is dropped. */
  maxWaitingBytes?: number
}

/** Rows of the first event; `dashboard-machine` tells the whole number. */
const PAGE_ROWS = 1000
/** Rows of one update; the rest follows in the next ones. */
const BATCH_ROWS = 500
/** Changes kept for readers that come back; beyond it they get everything anew. */
const MAX_REMEMBERED = 20_000

export function createLive(options: LiveOptions): Live {
  const { store, view, intervalMs = 100, heartbeatMs = 20_000, maxWaitingBytes = 8 * 1024 * 1024 } = options
  const run = randomBytes(4).toString('hex')
  const machineReaders = new Map<Readable, string>() // reader -> session
  const workerReaders = new Map<Readable, string>()
  const changedAt = new Map<string, number>() // MAC -> seq of its latest change
  const pending = new Set<string>()
  let seq = 0
  let floor = 0 // changes up to here are forgotten
  let flushedAtMs = -Infinity
  let flushTimer: NodeJS.Timeout | null = null
  let closed = false

  const heartbeat = setInterval(() => {
    send(machineReaders, ': keepalive\n\n')
    send(workerReaders, ': keepalive\n\n')
  }, heartbeatMs)
  heartbeat.unref()

  function send(readers: Map<Readable, string>, text: string): void {
    if (readers.size === 0) return
    const bytes = Buffer.from(text)
    for (const reader of readers.keys()) give(reader, bytes)
  }

  function give(reader: Readable, bytes: Buffer): void {
    if (reader.readableLength + bytes.length > maxWaitingBytes && reader.readableLength > 0) reader.destroy()
    else reader.push(bytes)
  }

  function flush(): void {
    flushTimer = null
    flushedAtMs = performance.now()
    try {
      const batch = [...pending].slice(0, BATCH_ROWS)
      if (machineReaders.size > 0) send(machineReaders, delta(batch) + dashboards())
      for (const mac of batch) pending.delete(mac)
    } catch {
      // The database cannot be read. Who comes back is told the reason, or everything.
      for (const reader of machineReaders.keys()) reader.destroy()
    }
    if (machineReaders.size === 0) pending.clear()
    else if (pending.size > 0) schedule()
  }

  function schedule(): void {
    if (flushTimer !== null || machineReaders.size === 0 || closed) return
    flushTimer = setTimeout(flush, Math.max(0, flushedAtMs + intervalMs - performance.now()))
    flushTimer.unref()
  }

  function frame(event: string, data: object): string {
    return `event: ${event}\nid: ${run}-${seq}\ndata: ${JSON.stringify(data)}\n\n`
  }

  function dashboards(): string {
    return (
      frame('dashboard-machine', { seq, ...store.machines.summary() }) +
      frame('dashboard-images', { seq, ...store.catalog.summary() })
    )
  }

  function delta(macs: string[]): string {
    const update: MachinesUpdate = { seq, full: false, rows: [], removed: [] }
    for (const mac of macs) {
      const row = view(mac)
      if (row === null) update.removed.push(mac)
      else update.rows.push(row)
    }
    return frame('machines-update', update)
  }

  function everything(): string {
    const rows = store.machines
      .after('', PAGE_ROWS)
      .map((machine) => view(machine.mac))
      .filter((row) => row !== null)
    return frame('machines-update', { seq, full: true, rows, removed: [] } satisfies MachinesUpdate)
  }

  /** The seq that a returning reader has seen, null when its changes can no longer be told. */
  function seenBy(lastEventId: string): number | null {
    const [theirRun, theirSeq] = lastEventId.split('-')
    const seen = Number(theirSeq)
    return theirRun === run && Number.isSafeInteger(seen) && seen >= floor && seen <= seq ? seen : null
  }

  function open(readers: Map<Readable, string>, session: string): Readable {
    const reader = new Readable({ read() {} })
    reader.on('error', () => {}) // a reader that went away is no event
    reader.on('close', () => readers.delete(reader))
    if (closed) reader.push(null)
    else readers.set(reader, session)
    return reader
  }

  function machineChanged(mac: string): void {
    seq++
    changedAt.set(mac, seq)
    if (changedAt.size > MAX_REMEMBERED) {
      changedAt.clear()
      floor = seq
    }
    if (machineReaders.size === 0) return
    pending.add(mac)
    schedule()
  }

  return {
    machineChanged,
    catalogChanged() {
      // Rows name their image, so a new catalog can change any of them.
      for (const mac of store.machines.assigned()) machineChanged(mac)
      seq++
      schedule()
    },
    workerChanged(change) {
      send(workerReaders, `event: worker-state-changed\ndata: ${JSON.stringify(change)}\n\n`)
    },
    openMachines(lastEventId, session) {
      const reader = open(machineReaders, session)
      if (closed) return reader
      const seen = seenBy(lastEventId)
      const missed = [...changedAt].filter(([, at]) => seen !== null && at > seen).map(([mac]) => mac)
      reader.push(`retry: 2000\n\n${seen === null ? everything() : delta(missed)}${dashboards()}`)
      return reader
    },
    openWorkers(session) {
      const reader = open(workerReaders, session)
      if (!closed) reader.push(': connected\n\n')
      return reader
    },
    endSession(session) {
      for (const [reader, owner] of [...machineReaders, ...workerReaders])
        if (owner === session) reader.destroy()
    },
    close() {
      closed = true
      clearInterval(heartbeat)
      if (flushTimer !== null) clearTimeout(flushTimer)
      for (const [reader] of [...machineReaders, ...workerReaders]) reader.push(null)
      machineReaders.clear()
      workerReaders.clear()
    },
  }
}
