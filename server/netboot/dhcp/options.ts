/** DHCP options (RFC 2132): the fields behind the magic cookie, as a map from code to bytes. */

export const OPTION = {
  PAD: 0,
  /** Option 43, `Vendor-Specific Information`: for PXE clients a list of sub-options of its own. */
  VENDOR: 43,
  REQUESTED_ADDRESS: 50,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER_ID: 54,
  VENDOR_CLASS: 60,
  SERVER_NAME: 66,
  BOOT_FILE: 67,
  USER_CLASS: 77,
  /** Option 93, RFC 4578: 16-bit architectures, most wanted first. */
  ARCH: 93,
  /** Option 97, RFC 4578: a type byte, then the machine's GUID. */
  GUID: 97,
  /** iPXE's own options; no other client sends them. */
  IPXE: 175,
  END: 255,
} as const

/** An option that comes several times is one long value (RFC 3396). */
export type DhcpOptions = Map<number, Buffer>

const MAX_PART_BYTES = 255

/** Null when a length runs over the end of its area. A missing end mark is tolerated, as some relays cut it off. */
export function decodeOptions(areas: Buffer[]): DhcpOptions | null {
  const options: DhcpOptions = new Map()
  for (const area of areas) {
    let at = 0
    while (at < area.length && area[at] !== OPTION.END) {
      const code = area[at++]!
      if (code === OPTION.PAD) continue
      const length = area[at++]
      if (length === undefined || at + length > area.length) return null
      const part = area.subarray(at, at + length)
      const before = options.get(code)
      options.set(code, before === undefined ? part : Buffer.concat([before, part]))
      at += length
    }
  }
  return options
}

/** In the order of the map, long values in parts of 255 bytes, with the end mark. */
export function encodeOptions(options: DhcpOptions): Buffer {
  const parts: Uint8Array[] = []
  for (const [code, value] of options) {
    if (!Number.isInteger(code) || code <= OPTION.PAD || code >= OPTION.END)
      throw new RangeError(`option code ${code} is not between 1 and 254`)
    for (let at = 0; at === 0 || at < value.length; at += MAX_PART_BYTES) {
      const part = value.subarray(at, at + MAX_PART_BYTES)
      parts.push(Uint8Array.of(code, part.length), part)
    }
  }
  return Buffer.concat([...parts, Uint8Array.of(OPTION.END)])
}
