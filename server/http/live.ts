/**
 * The hub behind `GET /events/machines` and `/events/workers`. A change only marks a MAC; ten times a second at most the
 * rows that changed are built once and handed to every reader. A reader that does not keep up is dropped.
 */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ImagesUpdate, MachineView } from '../api/index.ts'
import type { LiveHub } from '../deps.ts'
import type { Store } from '../store/types.ts'
import { changes, everything, type Part, type Picture } from './live-picture.ts'

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

/** Rows of the first event; the others follow in parts of the same size. */
const PAGE_ROWS = 1000
/** Rows of one update; the rest follows in the next ones. */
const BATCH_ROWS = 500
/** A reader with more bytes waiting gets no further part of its first picture yet. */
const FULL_BYTES = 1024 * 1024
/** Changes kept for readers that come back; beyond it they get everything anew. */
const MAX_REMEMBERED = 20_000

export function createLive(options: LiveOptions): Live {
  const { store, view, intervalMs = 100, heartbeatMs = 20_000, maxWaitingBytes = 8 * 1024 * 1024 } = options
  const run = randomBytes(4).toString('hex')
  const machineReaders = new Map<Readable, string>() // reader -> session
  const workerReaders = new Map<Readable, string>()
  const pictures = new Map<Readable, Picture>() // what a reader is still owed
  const changedAt = new Map<string, number>() // MAC -> seq of its latest change
  const pending = new Set<string>()
  let seq = 0
  let floor = 0 // changes up to here are forgotten
  let catalog = 0
  let counts = false // the dashboard's counts are to be told, even without a row
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
      for (const mac of batch) pending.delete(mac)
      if (batch.length > 0 || counts) tell(batch)
      counts = false
      for (const reader of pictures.keys()) if (reader.readableLength < FULL_BYTES) tellPart(reader)
    } catch {
      // The database cannot be read. Who comes back is told the reason, or everything.
      for (const reader of machineReaders.keys()) reader.destroy()
    }
    if (machineReaders.size === 0) pending.clear()
    else if (pending.size > 0 || pictures.size > 0) schedule()
  }

  function schedule(): void {
    if (flushTimer !== null || machineReaders.size === 0 || closed) return
    flushTimer = setTimeout(flush, Math.max(0, flushedAtMs + intervalMs - performance.now()))
    flushTimer.unref()
  }

  /** The id is what a reader comes back with, so only who has been told everything up to now gets one. */
  function frame(event: string, data: object, complete: boolean): string {
    const id = complete ? `id: ${run}-${seq}\n` : ''
    return `event: ${event}\n${id}data: ${JSON.stringify(data)}\n\n`
  }

  function framesOf(update: Part, complete: boolean): string {
    const images: ImagesUpdate = { seq, catalog, ...store.catalog.summary() }
    return (
      frame('machines-update', { seq, ...update }, complete) +
      frame('dashboard-machine', { seq, ...store.machines.summary() }, complete) +
      frame('dashboard-images', images, complete)
    )
  }

  /** The latest changes, to everybody. */
  function tell(macs: readonly string[]): void {
    const update = changes(macs, view, BATCH_ROWS).next().value
    const bytes = new Map<boolean, Buffer>()
    for (const reader of machineReaders.keys()) {
      const complete = pending.size === 0 && !pictures.has(reader)
      if (!bytes.has(complete)) bytes.set(complete, Buffer.from(framesOf(update, complete)))
      give(reader, bytes.get(complete)!)
    }
  }

  /** The next part of what one reader is owed; the last one also has the id. */
  function tellPart(reader: Readable, before = ''): void {
    const { value, done } = pictures.get(reader)!.next()
    if (done === true) pictures.delete(reader)
    give(reader, Buffer.from(before + framesOf(value, done === true && pending.size === 0)))
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
    reader.on('close', () => {
      readers.delete(reader)
      pictures.delete(reader)
    })
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
      catalog++
      counts = true
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
      const picture = seen === null ? everything(store, view, PAGE_ROWS) : changes(missed, view, BATCH_ROWS)
      pictures.set(reader, picture)
      tellPart(reader, 'retry: 2000\n\n')
      if (pictures.has(reader)) schedule()
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
