/** The socket and the timer of one transfer; what to do comes from `step`. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { Terms } from './negotiate.ts'
import { decodeTftp, encodeTftp, ERROR_CODE, OPCODE } from './packet.ts'
import type { TftpFile } from './server.ts'
import {
  begin,
  retryAfterMs,
  step,
  type TransferAction,
  type Outcome,
  type TransferEvent,
} from './transfer.ts'

export interface RunningTransfer {
  /** The request, to tell a repeated one from a new one. */
  asked: string
  /** True once the client has acknowledged something. */
  moved(): boolean
  stop(): void
}

export interface TransferResult {
  /** `replaced`: the client asked anew from the same port, or the server closes. */
  outcome: Outcome | 'replaced'
  text: string
}

export interface TransferOptions {
  /** The address that was asked; answers leave by it. */
  address: string
  peer: RemoteInfo
  terms: Terms
  file: TftpFile
  slot: RunningTransfer
  /** The client wants the bytes, not only the size. */
  onRead(): void
}

/** Resolves when the transfer has ended, however it did. Rejects when the file cannot be read. */
export async function runTransfer({
  onRead,
  address,
  peer,
  terms,
  file,
  slot,
}: TransferOptions): Promise<TransferResult> {
  const socket = createSocket('udp4')
  const { promise, resolve, reject } = Promise.withResolvers<TransferResult>()
  let stopped = false
  slot.stop = () => {
    stopped = true
    resolve({ outcome: 'replaced', text: 'asked again' })
  }
  let timer: NodeJS.Timeout | undefined
  let deadlineMs = 0
  let firesMs = 0
  let reading: Promise<void> = Promise.resolve() // slow reads run one after the other
  let isReading = false
  try {
    socket.bind({ address, port: 0 })
    await once(socket, 'listening')
    // Connected: the kernel drops what others send here, so nobody else can move this transfer.
    socket.connect(peer.port, peer.address)
    await once(socket, 'connect')
    if (stopped) return await promise

    const [initial, first] = begin(terms, file.sizeBytes)
    let state = initial
    slot.moved = () => state.phase !== 'agreeing' && state.acked > 0
    socket.on('error', () => handle({ type: 'unreachable' }))
    socket.on('message', (bytes) => {
      const event = eventOf(bytes)
      if (event !== null) handle(event)
    })
    const packets = packetRing(terms)
    perform(first)
    return await promise

    function handle(event: TransferEvent): void {
      const [next, action] = step(state, event)
      state = next
      perform(action)
    }

    function perform(action: TransferAction): void {
      if (action.type === 'wait') return
      if (action.type === 'end') return resolve(action)
      if (action.type === 'send-blocks' && action.from === 1 && state.tries === 1) onRead()
      watch(retryAfterMs(state))
      if (stopped) return
      if (action.type === 'send-options') transmit(encodeTftp({ type: 'oack', options: action.options }))
      else sendBlocks(action.from, action.to)
    }

    /** One timer for the whole transfer: it looks at the deadline when it fires, and goes on sleeping until then. */
    function watch(ms: number): void {
      deadlineMs = performance.now() + ms
      if (timer !== undefined && firesMs <= deadlineMs) return
      clearTimeout(timer)
      sleep(ms)
    }

    function wake(): void {
      const leftMs = deadlineMs - performance.now()
      timer = undefined
      if (leftMs > 0) sleep(leftMs)
      else handle({ type: 'timeout' })
    }

    function sleep(ms: number): void {
      firesMs = performance.now() + ms
      timer = setTimeout(wake, Math.ceil(ms))
    }

    function sendBlocks(from: number, to: number): void {
      const offset = (from - 1) * terms.blockBytes
      const length = (to - from + 1) * terms.blockBytes
      try {
        const bytes = isReading ? reading.then(() => file.read(offset, length)) : file.read(offset, length)
        if (bytes instanceof Uint8Array) return transmitBlocks(bytes, from, to)
        isReading = true
        const mine = bytes.then((read) => transmitBlocks(read, from, to)).catch(fail)
        reading = mine
        void mine.then(() => (isReading = reading !== mine))
      } catch (error) {
        fail(error)
      }
    }

    function transmitBlocks(bytes: Uint8Array, from: number, to: number): void {
      for (let block = from; block <= to; block++) {
        const start = (block - from) * terms.blockBytes
        transmit(packets(block, bytes, start, Math.min(bytes.length, start + terms.blockBytes)))
      }
    }

    function transmit(packet: Uint8Array): void {
      if (!stopped && state.phase !== 'ended') socket.send(packet) // a lost packet is sent again
    }

    function fail(error: unknown): void {
      transmit(encodeTftp({ type: 'error', code: ERROR_CODE.UNDEFINED, message: 'Read error' }))
      reject(error as Error)
    }
  } finally {
    stopped = true
    clearTimeout(timer)
    await reading
    socket.close()
  }
}

/**
 * Writes DATA packets into memory that is used over and over. Two windows, so that a packet that still waits for the
 * network card is not overwritten by the next window.
 */
function packetRing({ blockBytes, windowBlocks }: Terms) {
  const ring: Buffer[] = []
  const slots = 2 * windowBlocks
  return (block: number, bytes: Uint8Array, start: number, end: number): Uint8Array => {
    const packet = (ring[block % slots] ??= Buffer.allocUnsafe(HEADER_BYTES + blockBytes))
    packet.writeUInt16BE(OPCODE.DATA, 0)
    packet.writeUInt16BE(block & 0xffff, 2)
    packet.set(bytes.subarray(start, end), HEADER_BYTES)
    const sizeBytes = HEADER_BYTES + end - start
    return sizeBytes === packet.length ? packet : packet.subarray(0, sizeBytes)
  }
}

const HEADER_BYTES = 4 // opcode and block number

/** An ACK is read in place: there is one for every window. */
function eventOf(bytes: Buffer): TransferEvent | null {
  if (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === OPCODE.ACK)
    return { type: 'ack', block: bytes.readUInt16BE(2) }
  const packet = decodeTftp(bytes)
  return packet?.type === 'error' ? packet : null
}
