/** The socket and the timer of one transfer; what to do comes from `step`. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Endpoint } from '../datagrams.ts'
import { Awake } from './awake.ts'
import type { Terms } from './negotiate.ts'
import { decodeTftp, encodeTftp, ERROR_CODE, OPCODE } from './packet.ts'
import type { TftpFile } from './server.ts'
import {
  begin,
  retryAfterMs,
  step,
  type Transfer,
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
  peer: Endpoint
  terms: Terms
  file: TftpFile
  slot: RunningTransfer
  /** The client wants the bytes, not only the size. */
  onRead(): void
}

/** Resolves when the transfer has ended, however it did. Rejects when the file cannot be read. */
export async function runTransfer(options: TransferOptions): Promise<TransferResult> {
  const { address, peer, slot } = options
  const socket = createSocket('udp4')
  const sending = new Sending(socket, options)
  slot.stop = () => sending.stop()
  try {
    socket.bind({ address, port: 0 })
    await once(socket, 'listening')
    // Connected: the kernel drops what others send here, so nobody else can move this transfer.
    socket.connect(peer.port, peer.address)
    await once(socket, 'connect')
    slot.moved = () => sending.moved()
    socket.on('error', () => sending.handle({ type: 'unreachable' }))
    socket.on('message', (bytes) => {
      const event = eventOf(bytes)
      if (event !== null) sending.handle(event)
    })
    sending.begin()
    return await sending.result.promise
  } finally {
    await sending.close()
    socket.close()
  }
}

/** One for all transfers: there is one event loop. */
const awake = new Awake()

/** A class, not closures: its methods stay compiled from one transfer to the next, which makes a short one four times as fast. */
class Sending {
  readonly result = Promise.withResolvers<TransferResult>()
  readonly #socket: Socket
  readonly #options: TransferOptions
  readonly #packets: ReturnType<typeof packetRing>
  #state: Transfer
  readonly #first: TransferAction
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  #sentMs = -Infinity
  #deadlineMs = 0
  #firesMs = 0
  /** Slow reads run one after the other. */
  #reading: Promise<void> | null = null

  constructor(socket: Socket, options: TransferOptions) {
    this.#socket = socket
    this.#options = options
    this.#packets = packetRing(options.terms)
    ;[this.#state, this.#first] = begin(options.terms, options.file.sizeBytes)
  }

  begin(): void {
    if (!this.#stopped) this.#perform(this.#first)
  }

  moved(): boolean {
    return this.#state.phase !== 'agreeing' && this.#state.acked > 0
  }

  stop(): void {
    this.#stopped = true
    this.result.resolve({ outcome: 'replaced', text: 'asked again' })
  }

  async close(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#reading
  }

  handle(event: TransferEvent): void {
    const [next, action] = step(this.#state, event)
    this.#state = next
    this.#perform(action)
  }

  #perform(action: TransferAction): void {
    if (action.type === 'wait') return
    if (action.type === 'end') return this.result.resolve(action)
    if (action.type === 'send-blocks' && action.from === 1 && this.#state.tries === 1) this.#options.onRead()
    if (action.type === 'send-options') this.#transmit(encodeTftp({ type: 'oack', options: action.options }))
    else this.#sendBlocks(action.from, action.to)
    // Behind the send: the client is at work meanwhile.
    const nowMs = performance.now()
    awake.expect(nowMs, nowMs - this.#sentMs)
    this.#sentMs = nowMs
    this.#watch(nowMs, retryAfterMs(this.#state))
  }

  /** One timer for the whole transfer: it looks at the deadline when it fires, and goes on sleeping until then. */
  #watch(nowMs: number, ms: number): void {
    this.#deadlineMs = nowMs + ms
    if (this.#stopped || (this.#timer !== undefined && this.#firesMs <= this.#deadlineMs)) return
    clearTimeout(this.#timer)
    this.#sleep(nowMs, ms)
  }

  #sleep(nowMs: number, ms: number): void {
    this.#firesMs = nowMs + ms
    this.#timer = setTimeout(() => this.#wake(), Math.ceil(ms))
  }

  #wake(): void {
    const nowMs = performance.now()
    const leftMs = this.#deadlineMs - nowMs
    this.#timer = undefined
    if (leftMs > 0) this.#sleep(nowMs, leftMs)
    else this.handle({ type: 'timeout' })
  }

  #sendBlocks(from: number, to: number): void {
    const { file, terms } = this.#options
    const read = () => file.read((from - 1) * terms.blockBytes, (to - from + 1) * terms.blockBytes)
    try {
      const bytes = this.#reading === null ? read() : this.#reading.then(read)
      if (bytes instanceof Uint8Array) return this.#transmitBlocks(bytes, from, to)
      const mine: Promise<void> = bytes
        .then((found) => this.#transmitBlocks(found, from, to))
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          if (this.#reading === mine) this.#reading = null
        })
      this.#reading = mine
    } catch (error) {
      this.#fail(error)
    }
  }

  #transmitBlocks(bytes: Uint8Array, from: number, to: number): void {
    const { blockBytes } = this.#options.terms
    for (let block = from; block <= to; block++) {
      const start = (block - from) * blockBytes
      this.#transmit(this.#packets(block, bytes, start, Math.min(bytes.length, start + blockBytes)))
    }
  }

  #transmit(packet: Uint8Array): void {
    if (!this.#stopped && this.#state.phase !== 'ended') this.#socket.send(packet) // a lost packet is sent again
  }

  #fail(error: unknown): void {
    this.#transmit(encodeTftp({ type: 'error', code: ERROR_CODE.UNDEFINED, message: 'Read error' }))
    this.result.reject(error as Error)
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
