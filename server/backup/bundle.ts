/** The inventory bundle, format 3 (wire contract 7.3): text <-> hardware of machines. */
import { z } from 'zod'
import { normaliseMac } from '../boot/mac.ts'

export const BUNDLE_VERSION = 3
export const BUNDLE_FILE = 'inventory.json'
/** Longest text that is read. */
export const MAX_BUNDLE_BYTES = 256 * 1024 * 1024

/** Hardware columns of one machine, JSON columns as stored text. */
export interface Hardware {
  mac: string
  known_disks: string | null
  known_disks_at: string | null
  hw_lshw: string | null
  hw_lshw_at: string | null
}

/** A bundle that cannot be taken; the message says what was found and what is wanted. */
export class BundleError extends Error {
  override name = 'BundleError'
}

export interface BundleHead {
  exportedAt: string
  version: string
}

/** The bundle's text, a piece for each machine, so that a large one is never whole in memory. `machines` come sorted. */
export function* bundleText(head: BundleHead, machines: Iterable<Hardware>): Generator<string> {
  const fields = {
    bty_export_version: BUNDLE_VERSION,
    exported_at: head.exportedAt,
    exported_by_bty_version: head.version,
  }
  yield `${JSON.stringify(fields, null, 2).slice(0, -2)},\n  "machines": [`
  let isFirst = true
  for (const machine of machines) {
    yield `${isFirst ? '' : ','}\n${JSON.stringify(entry(machine), null, 2).replaceAll(/^/gm, '    ')}`
    isFirst = false
  }
  yield isFirst ? ']\n}\n' : '\n  ]\n}\n'
}

function entry(machine: Hardware) {
  const disks = nativeJson(machine.known_disks)
  const lshw = nativeJson(machine.hw_lshw)
  return {
    mac: machine.mac,
    known_disks: Array.isArray(disks) ? disks : null,
    known_disks_at: machine.known_disks_at,
    hw_lshw: typeof lshw === 'object' ? lshw : null,
    hw_lshw_at: machine.hw_lshw_at,
  }
}

/** Malformed stored text becomes null. */
function nativeJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

const Instant = z
  .string()
  .max(40)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, 'not an ISO 8601 time')
  .nullable()
// A string is stored text, taken as it is.
const Disks = z.union([z.string(), z.array(z.looseObject({ path: z.string() })).max(1024), z.null()])
const Lshw = z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown()), z.null()])
const Machine = z.object({
  mac: z.string(),
  known_disks: Disks.default(null),
  known_disks_at: Instant.default(null),
  hw_lshw: Lshw.default(null),
  hw_lshw_at: Instant.default(null),
})
const Bundle = z.object({ machines: z.array(Machine).max(1_000_000) })

/** The machines of a bundle's text. @throws {BundleError} with the first problems, never with some machines only. */
export function parseBundle(text: string): Hardware[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new BundleError(`not JSON: ${(error as Error).message}`)
  }
  const found =
    typeof value === 'object' && value !== null && 'bty_export_version' in value
      ? value.bty_export_version
      : undefined
  if (found !== BUNDLE_VERSION)
    throw new BundleError(
      `bundle version ${found === undefined ? 'none' : JSON.stringify(found)} found, ${BUNDLE_VERSION} expected`,
    )
  const parsed = Bundle.safeParse(value)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    throw new BundleError(
      `${first!.path.join('.')}: ${first!.message} (${parsed.error.issues.length} problems in all)`,
    )
  }
  return unique(parsed.data.machines)
}

function unique(machines: z.output<typeof Machine>[]): Hardware[] {
  const seen = new Set<string>()
  return machines.map((machine, n) => {
    const mac = normaliseMac(machine.mac)
    if (mac === null) throw new BundleError(`machines.${n}.mac: '${machine.mac}' is no MAC address`)
    if (seen.has(mac)) throw new BundleError(`machines.${n}.mac: ${mac} is listed twice`)
    seen.add(mac)
    return { ...machine, mac, known_disks: stored(machine.known_disks), hw_lshw: stored(machine.hw_lshw) }
  })
}

function stored(value: unknown): string | null {
  if (value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
