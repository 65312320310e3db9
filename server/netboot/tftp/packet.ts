/** TFTP on the wire (RFC 1350, options RFC 2347): bytes <-> values. The encoder throws on what the decoder would refuse. */

export const OPCODE = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const

export const ERROR_CODE = {
  UNDEFINED: 0,
  NOT_FOUND: 1,
  ACCESS: 2,
  ILLEGAL: 4,
  OPTIONS_REFUSED: 8,
} as const

/** Names in lower case, in the order of the packet. */
export type TftpOptions = Record<string, string>

export type TftpRequest = { type: 'rrq' | 'wrq'; name: string; mode: string; options: TftpOptions }
export type TftpPacket =
  | TftpRequest
  | { type: 'data'; block: number; data: Uint8Array }
  | { type: 'ack'; block: number }
  | { type: 'error'; code: number; message: string }
  | { type: 'oack'; options: TftpOptions }

const MAX_REQUEST_BYTES = 512 // RFC 2347: a request packet, options and all
const MAX_ERROR_BYTES = 516
const MAX_BLOCK_BYTES = 65_464 // RFC 2348
const MAX_UINT16 = 0xffff
const PRINTABLE = /^[\x20-\x7e]*$/

/** Null when the bytes are not a well-formed packet. */
export function decodeTftp(bytes: Uint8Array): TftpPacket | null {
  if (bytes.length < 4) return null // opcode and a block number, or two terminators
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const number = view.readUInt16BE(2)
  switch (view.readUInt16BE(0)) {
    case OPCODE.RRQ:
      return decodeRequest('rrq', view)
    case OPCODE.WRQ:
      return decodeRequest('wrq', view)
    case OPCODE.DATA:
      return view.length > 4 + MAX_BLOCK_BYTES
        ? null
        : { type: 'data', block: number, data: view.subarray(4) }
    case OPCODE.ACK:
      return { type: 'ack', block: number } // some firmware sends padding behind it
    case OPCODE.ERROR:
      return decodeError(number, view)
    case OPCODE.OACK:
      return decodeOack(view)
    default:
      return null
  }
}

/** Throws RangeError, which is a fault of the caller. */
export function encodeTftp(packet: TftpPacket): Buffer {
  const bytes = encode(packet)
  if (decodeTftp(bytes) === null) throw new RangeError(`not a valid TFTP ${packet.type}`)
  return bytes
}

function encode(packet: TftpPacket): Buffer {
  switch (packet.type) {
    case 'rrq':
    case 'wrq':
      return Buffer.concat([
        uint16(packet.type === 'rrq' ? OPCODE.RRQ : OPCODE.WRQ),
        ...[packet.name, packet.mode, ...Object.entries(packet.options).flat()].map(terminated),
      ])
    case 'data':
      return Buffer.concat([uint16(OPCODE.DATA), uint16(packet.block), packet.data])
    case 'ack':
      return Buffer.concat([uint16(OPCODE.ACK), uint16(packet.block)])
    case 'error':
      return Buffer.concat([uint16(OPCODE.ERROR), uint16(packet.code), terminated(packet.message)])
    case 'oack':
      return Buffer.concat([uint16(OPCODE.OACK), ...Object.entries(packet.options).flat().map(terminated)])
  }
}

function decodeRequest(type: 'rrq' | 'wrq', bytes: Buffer): TftpRequest | null {
  if (bytes.length > MAX_REQUEST_BYTES) return null
  const [name, mode, ...rest] = texts(bytes, 2)
  if (name === undefined || name === '' || mode === undefined || mode === '') return null
  if (!PRINTABLE.test(name) || !PRINTABLE.test(mode)) return null
  return { type, name, mode: mode.toLowerCase(), options: pairs(rest) }
}

function decodeError(code: number, bytes: Buffer): TftpPacket | null {
  if (bytes.length > MAX_ERROR_BYTES) return null
  // Clients that abort a probe leave the text or its terminator out.
  const end = bytes.indexOf(0, 4)
  const message = bytes.toString('latin1', 4, end === -1 ? bytes.length : end)
  return { type: 'error', code, message: message.replace(/[^\x20-\x7e]/g, '?') }
}

function decodeOack(bytes: Buffer): TftpPacket | null {
  if (bytes.length > MAX_REQUEST_BYTES) return null
  const options = pairs(texts(bytes, 2))
  return Object.keys(options).length === 0 ? null : { type: 'oack', options }
}

/** Zero-terminated texts from `offset`; an unterminated rest is left out, as firmware pads its requests. */
function texts(bytes: Buffer, offset: number): string[] {
  const found: string[] = []
  for (let end = bytes.indexOf(0, offset); end !== -1; end = bytes.indexOf(0, offset)) {
    found.push(bytes.toString('latin1', offset, end))
    offset = end + 1
  }
  return found
}

/** RFC 2347 allows each option once; the first one counts. */
function pairs(fields: string[]): TftpOptions {
  const options: TftpOptions = Object.create(null)
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    if (name !== '' && PRINTABLE.test(name) && PRINTABLE.test(fields[i + 1]!))
      options[name] ??= fields[i + 1]!
  }
  return options
}

function terminated(text: string): Buffer {
  if (!PRINTABLE.test(text)) throw new RangeError(`not printable ASCII: ${JSON.stringify(text)}`)
  return Buffer.from(`${text}\0`, 'latin1')
}

function uint16(value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > MAX_UINT16)
    throw new RangeError(`${value} does not fit in 16 bits`)
  return Buffer.from([value >> 8, value & 0xff])
}
