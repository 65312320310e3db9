/** The socket and the timer of one transfer; what to do comes from `step`. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { Terms } from './negotiate.ts'
import { decodeTftp, encodeTftp, ERROR_CODE, type TftpPacket } from './packet.ts'
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
  let acting = Promise.resolve() // actions run one after the other, reads included
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
      const event = eventOf(decodeTftp(bytes))
      if (event !== null) handle(event)
    })
    perform(first)
    return await promise

    function handle(event: TransferEvent): void {
      const [next, action] = step(state, event)
      state = next
      perform(action)
    }

    function perform(action: TransferAction): void {
      if (action.type === 'wait') return
      clearTimeout(timer)
      if (action.type === 'end') return resolve(action)
      if (action.type === 'send-blocks' && action.from === 1 && state.tries === 1) onRead()
      timer = setTimeout(() => handle({ type: 'timeout' }), retryAfterMs(state))
      acting = acting.then(() => (stopped ? undefined : send(action))).catch(fail)
    }

    async function send(action: Exclude<TransferAction, { type: 'wait' | 'end' }>): Promise<void> {
      if (action.type === 'send-options') return transmit({ type: 'oack', options: action.options })
      const offset = (action.from - 1) * terms.blockBytes
      const bytes = await file.read(offset, (action.to - action.from + 1) * terms.blockBytes)
      for (let block = action.from; block <= action.to; block++) {
        const start = (block - action.from) * terms.blockBytes
        const data = bytes.subarray(start, start + terms.blockBytes)
        if (!stopped) transmit({ type: 'data', block: block & 0xffff, data })
      }
    }

    function transmit(packet: TftpPacket): void {
      if (state.phase === 'ended') return
      socket.send(encodeTftp(packet), () => undefined) // a lost packet is sent again
    }

    function fail(error: unknown): void {
      transmit({ type: 'error', code: ERROR_CODE.UNDEFINED, message: 'Read error' })
      reject(error as Error)
    }
  } finally {
    stopped = true
    clearTimeout(timer)
    await acting
    socket.close()
  }
}

function eventOf(packet: TftpPacket | null): TransferEvent | null {
  return packet?.type === 'ack' || packet?.type === 'error' ? packet : null
}
