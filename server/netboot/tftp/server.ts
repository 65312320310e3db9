import type { Log } from '../../deps.ts'
import { type Endpoint, type OpenDatagrams, ownDatagrams } from '../datagrams.ts'
import { decodeTftp, encodeTftp, ERROR_CODE, type TftpRequest } from './packet.ts'
import { negotiate, type Terms } from './negotiate.ts'
import { runTransfer, type RunningTransfer, type TransferResult } from './run.ts'

export interface TftpFile {
  sizeBytes: number
  /** At most `lengthBytes` from `offset`, less only at the end. */
  read(offset: number, lengthBytes: number): Uint8Array | Promise<Uint8Array>
}

/** What became of a request; `client` is the address it came from. */
export type TftpStep =
  | 'tftp-probe'
  | 'tftp-read'
  | 'tftp-done'
  | 'tftp-missing'
  /** The client has fallen silent in the middle. */
  | 'tftp-stalled'
  /** The client has given up, with an ERROR or by closing its port. */
  | 'tftp-stopped'
  | 'tftp-error'

export interface TftpOptions {
  /** The address that is asked and answers; never a wildcard outside of tests. */
  address: string
  port: number
  /** Null when there is no such file. */
  open(name: string, client: string): Promise<TftpFile | null>
  /** `name` as the client asked for it. */
  onStep(client: string, step: TftpStep, text: string, name: string): void
  log: Log
  /** How the port is had; from the system when absent. */
  socket?: OpenDatagrams
  /** The port is heard no more; running transfers go on. */
  onLost?(reason: string): void
  /** Transfers at a time, in all and of one client; a request beyond is dropped, and the client asks again. */
  limits?: { total: number; perClient: number }
}

export interface TftpServer {
  port: number
  /** Transfers that are running. */
  active(): number
  close(): Promise<void>
}

/** A read-only TFTP server on one address (RFC 1350); each transfer has its own port. Rejects when the port is taken. */
export async function startTftp(options: TftpOptions): Promise<TftpServer> {
  const limits = options.limits ?? { total: 256, perClient: 8 }
  const running = new Map<string, RunningTransfer>() // `address:port` of the client
  const socket = await (options.socket ?? ownDatagrams)({
    address: options.address,
    port: options.port,
    shared: false,
    onDatagram: (bytes, peer) =>
      void receive(bytes, peer).catch((error) => options.log.error(`TFTP: ${error}`)),
    onError: (error) => options.log.warn(`TFTP on ${options.address}: ${error.message}`),
    onLost: (reason) => options.onLost?.(reason),
  })

  async function receive(bytes: Uint8Array, peer: Endpoint): Promise<void> {
    const request = decodeTftp(bytes)
    // Only requests belong on this port; what else comes is dropped, never answered.
    if (request === null || (request.type !== 'rrq' && request.type !== 'wrq') || peer.port === 0) return
    const problem = refusal(request)
    if (problem !== null) return refuse(peer, request, problem.code, problem.message)
    const key = `${peer.address}:${peer.port}`
    const asked = JSON.stringify(request)
    const earlier = running.get(key)
    if (earlier !== undefined) {
      if (earlier.asked === asked && !earlier.moved()) return // a repeated request; the timer of the first one answers
      earlier.stop()
      running.delete(key)
    }
    if (running.size >= limits.total || ofClient(peer.address) >= limits.perClient) {
      options.log.debug(`TFTP: ${key} waits, ${running.size} transfers are running`)
      return
    }
    const slot: RunningTransfer = { asked, moved: () => false, stop: () => undefined }
    running.set(key, slot) // taken before the first await, so that the limits hold
    try {
      const file = await options.open(request.name, peer.address)
      if (file === null) return refuse(peer, request, ERROR_CODE.NOT_FOUND, 'File not found')
      await serve(file, request, peer, slot, () => running.get(key) === slot)
    } catch (error) {
      tell(peer, 'tftp-error', request, (error as Error).message)
    } finally {
      if (running.get(key) === slot) running.delete(key)
    }
  }

  function tell(peer: Endpoint, step: TftpStep, { name }: TftpRequest, text: string): void {
    options.onStep(peer.address, step, `${name}: ${text}`, name)
  }

  function ofClient(address: string): number {
    return [...running.keys()].filter((key) => key.startsWith(`${address}:`)).length
  }

  async function serve(
    file: TftpFile,
    request: TftpRequest,
    peer: Endpoint,
    slot: RunningTransfer,
    wanted: () => boolean,
  ): Promise<void> {
    const terms = negotiate(request.options, file.sizeBytes)
    if (!wanted()) return
    const onRead = () => tell(peer, 'tftp-read', request, describe(terms, file))
    const result = await runTransfer({ address: options.address, peer, terms, file, slot, onRead })
    const step = STEPS[result.outcome]
    if (step !== null) tell(peer, step, request, result.text)
  }

  function refuse(peer: Endpoint, request: TftpRequest, code: number, message: string): void {
    const step = code === ERROR_CODE.NOT_FOUND ? 'tftp-missing' : 'tftp-error'
    tell(peer, step, request, message)
    socket.send(encodeTftp({ type: 'error', code, message }), peer) // a client that is gone needs no answer
  }

  return {
    port: socket.port,
    active: () => running.size,
    async close() {
      for (const transfer of running.values()) transfer.stop()
      await socket.close()
    },
  }
}

const STEPS: Record<TransferResult['outcome'], TftpStep | null> = {
  done: 'tftp-done',
  probed: 'tftp-probe',
  stalled: 'tftp-stalled',
  stopped: 'tftp-stopped',
  'likely-done': 'tftp-error',
  replaced: null,
}

function describe({ blockBytes, windowBlocks }: Terms, { sizeBytes }: TftpFile): string {
  return `${sizeBytes} bytes in blocks of ${blockBytes}, ${windowBlocks} at a time`
}

function refusal(request: TftpRequest): { code: number; message: string } | null {
  if (request.type === 'wrq') return { code: ERROR_CODE.ACCESS, message: 'Read-only server' }
  // netascii would rewrite line ends, which breaks programs; no firmware asks for it.
  if (request.mode !== 'octet') return { code: ERROR_CODE.UNDEFINED, message: 'Use mode octet (binary)' }
  return null
}
