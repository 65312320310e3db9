/** Does a TFTP server answer for the boot file? One request, no acknowledgement (wire contract 8.1). */
import { createSocket } from 'node:dgram'
import { encodeTftp, OPCODE } from './packet.ts'

export interface ProbeResult {
  reachable: boolean
  file_present: boolean
  detail: string
}

export const PROBE_FILE = 'ipxe.efi'
const PROBE_PORT = 69
const TIMEOUT_MS = 1500

/** What a reply says; null: nothing came in time. Pure. */
export function probeResult(reply: Uint8Array | null, host: string, port: number): ProbeResult {
  if (reply === null)
    return {
      reachable: false,
      file_present: false,
      detail: `no reply from ${host}:${port} within ${TIMEOUT_MS / 1000}s`,
    }
  const bytes = Buffer.from(reply)
  const answered = (file_present: boolean, detail: string) => ({ reachable: true, file_present, detail })
  if (bytes.length < 2) return answered(false, `server replied with ${bytes.length} bytes (truncated)`)
  const opcode = bytes.readUInt16BE(0)
  if (opcode === OPCODE.DATA) return answered(true, `server returned a DATA packet (${bytes.length} bytes)`)
  if (opcode === OPCODE.ERROR) return answered(false, `server returned ERROR: ${messageOf(bytes)}`)
  return answered(false, `server returned unexpected opcode ${opcode}`)
}

function messageOf(bytes: Buffer): string {
  const end = bytes.indexOf(0, 4)
  const text = bytes.toString('latin1', 4, end === -1 ? bytes.length : end)
  return text.replaceAll(/[^\x20-\x7e]/g, '?').trim() || '(no message)'
}

/**
 * The host to ask: the setting; else the advertised host; else an address at which this console's own TFTP answers,
 * which is not the loopback one; else this machine. Pure.
 */
export function probeTarget(
  setting: string,
  advertisedHost: string,
  ownAddresses: readonly string[],
): string {
  const advertised = advertisedHost.trim().replace(/:\d+$/, '')
  return setting.trim() || advertised || ownAddresses[0] || '127.0.0.1'
}

/** Asks; whatever happens is a result. Any reply counts, from any port. */
export function probeTftp(host: string, port = PROBE_PORT, timeoutMs = TIMEOUT_MS): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const timer = setTimeout(() => end(probeResult(null, host, port)), timeoutMs)
    let ended = false
    function end(result: ProbeResult): void {
      if (ended) return
      ended = true
      clearTimeout(timer)
      socket.close()
      resolve(result)
    }
    const failed = (error: Error) =>
      end({ reachable: false, file_present: false, detail: `${error.name}: ${error.message}` })
    socket.on('error', failed)
    socket.on('message', (reply) => end(probeResult(reply, host, port)))
    // Node throws on such a name where nobody can catch it.
    if (host.includes('\0')) return failed(new TypeError('the host name holds a NUL byte'))
    const request = encodeTftp({ type: 'rrq', name: PROBE_FILE, mode: 'octet', options: {} })
    try {
      socket.send(request, port, host, (error) => error && failed(error))
    } catch (error) {
      failed(error as Error)
    }
  })
}
