/**
 * What crosses the wire between the server and its clients, as zod schemas. The server checks input with them, the
 * console derives its types from them. Keys, limits and defaults: the wire contract of bty.
 */
import { z } from 'zod'
import { listQuery } from './lists.ts'

// -- words shared by several routes -------------------------------------------------------------------------------

export const BOOT_MODES = [
  'ipxe-exit',
  'bty-flash-always',
  'bty-flash-once',
  'bty-tui',
  'bty-inventory',
] as const
export const BootMode = z.enum(BOOT_MODES)
export type BootMode = z.infer<typeof BootMode>

export const HEX64 = /^[0-9a-f]{64}$/
export const LABEL = /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/
export const HTTP_URL = /^https?:\/\/[^\s/?#]+(?:[/?#]\S*)?$/
export const IMAGE_URL = /^(?:https?:\/\/[^\s/?#]+(?:[/?#]\S*)?|oras:\/\/[^\s/?#]+\/\S+)$/
export const SANBOOT_DRIVE = /^0x[0-9a-fA-F]{1,2}$/

/** ISO 8601, UTC, microseconds. */
export const Timestamp = z.string()

// -- machines -----------------------------------------------------------------------------------------------------

/** One disk as a machine reports it. Unknown keys are dropped. */
export const InventoryDisk = z.object({
  path: z.string().max(255),
  size: z.string().max(32).nullable().default(null),
  vendor: z.string().max(64).nullable().default(null),
  model: z.string().max(128).nullable().default(null),
  serial: z.string().max(128).nullable().default(null),
  tran: z.string().max(32).nullable().default(null),
  removable: z.boolean().default(false),
  readonly: z.boolean().default(false),
})
export type InventoryDisk = z.infer<typeof InventoryDisk>

export const Inventory = z.strictObject({
  disks: z.array(InventoryDisk).max(64).default([]),
  lshw: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.null()]).optional(),
})
export type Inventory = z.infer<typeof Inventory>

export const Machine = z.object({
  mac: z.string(),
  bty_image_ref: z.string().nullable(),
  labels: z.array(z.string()),
  discovered_at: Timestamp.nullable(),
  last_seen_at: Timestamp.nullable(),
  last_seen_ip: z.string().nullable(),
  boot_mode: z.string(),
  sanboot_drive: z.string().nullable(),
  last_flashed_at: Timestamp.nullable(),
  known_disks: z.array(InventoryDisk).nullable(),
  known_disks_at: Timestamp.nullable(),
  target_disk_serial: z.string().nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type Machine = z.infer<typeof Machine>

export const MachineUpsert = z.strictObject({
  bty_image_ref: z.string().regex(HEX64).nullable().default(null),
  labels: z.array(z.string().min(1).max(64).regex(LABEL)).max(16).default([]),
  boot_mode: BootMode.default('ipxe-exit'),
  sanboot_drive: z.string().regex(SANBOOT_DRIVE).nullable().default(null),
  target_disk_serial: z.string().max(128).nullable().default(null),
})
export type MachineUpsert = z.infer<typeof MachineUpsert>

// -- progress of a flash --------------------------------------------------------------------------------------------

export const PHASES = ['inventory', 'plan', 'download', 'write', 'verify', 'done', 'failed'] as const
export const Phase = z.enum(PHASES)
export type Phase = z.infer<typeof Phase>

const byteCount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** What an agent sends to `POST /pxe/{mac}/progress`. `boot` is the UUID that the agent made for this boot. */
export const Progress = z.strictObject({
  v: z.literal(1),
  boot: z.uuid(),
  seq: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  phase: Phase,
  bytes_read: byteCount,
  bytes_read_total: byteCount.nullable(),
  bytes_written: byteCount,
  bytes_written_total: byteCount.nullable(),
  error: z.strictObject({ code: z.string().max(64), text: z.string().max(2000) }).nullable(),
})
export type Progress = z.infer<typeof Progress>

/** The latest progress of a machine as the console sees it, with what the server derived from the samples. */
export const ProgressView = z.object({
  boot: z.string(),
  phase: Phase,
  bytes_read: z.number(),
  bytes_read_total: z.number().nullable(),
  bytes_written: z.number(),
  bytes_written_total: z.number().nullable(),
  /** Bytes per second of the stage that moves (written when writing, else read), smoothed; null until two samples. */
  rate: z.number().nullable(),
  /** Seconds until the end of the phase, null when a total is unknown. */
  remaining_s: z.number().nullable(),
  started_at: Timestamp,
  updated_at: Timestamp,
  error: z.object({ code: z.string(), text: z.string() }).nullable(),
})
export type ProgressView = z.infer<typeof ProgressView>

/** The reference's later form of `done`. */
export const StatusReport = z.object({
  status: z.enum(['done', 'failed']),
  reason: z.string().max(500).nullable().optional(),
})
export type StatusReport = z.infer<typeof StatusReport>

/** A machine as the console shows it: the wire machine and what the server knows beside it. */
export const MachineView = Machine.extend({
  /** This cycle's live media has been fetched. */
  armed: z.boolean(),
  /** Operator's words for where the machine stands in its cycle; empty when the mode has none. */
  boot_state: z.string(),
  /** One sentence: what the next network boot of this machine will do. */
  next_boot: z.string(),
  image_name: z.string().nullable(),
  has_lshw: z.boolean(),
  progress: ProgressView.nullable(),
  /** Text of the newest failure of this machine since its last success; null when there is none. */
  failure: z.string().nullable(),
})
export type MachineView = z.infer<typeof MachineView>

// -- boot trace -----------------------------------------------------------------------------------------------------

export const TRACE_STEPS = [
  'dhcp-discover',
  'dhcp-offer',
  'dhcp-ignored',
  'dhcp-request',
  'tftp-probe',
  'tftp-read',
  'tftp-done',
  'tftp-missing',
  'tftp-stalled',
  'tftp-stopped',
  'tftp-error',
  'http-bootstrap',
  'http-script',
  'http-artifact',
  'http-missing',
  'http-cut',
  'http-plan',
  'http-image',
  'agent',
] as const

/** One thing that the server saw a client do on its way from power-on to a flashed disk. */
export const TraceEntry = z.object({
  at: Timestamp,
  step: z.enum(TRACE_STEPS),
  /** One line for a person: `DISCOVER from UEFI x86-64`, `snponly.efi, 285 KB in 196 blocks`. */
  text: z.string(),
  /**
   * What the step was about, for programs. DISCOVER: who asks and its option 93 (`pxe/7`); offer: the boot file; request: the
   * DHCP server it was meant for; no answer: `ask`, `off`, `no-program` or `route`; TFTP, files and images: the file's name; script: the
   * kind of offer; plan: its mode.
   */
  about: z.string().optional(),
  /** How often the same step came in a row; the time is that of the last. */
  count: z.number(),
})
export type TraceEntry = z.infer<typeof TraceEntry>

export const TraceView = z.object({ mac: z.string(), entries: z.array(TraceEntry) })
export type TraceView = z.infer<typeof TraceView>

/** A client that has been seen on the wire, also one that never reached HTTP. */
export const SeenClient = z.object({
  mac: z.string(),
  last_at: Timestamp,
  firmware: z.string().nullable(),
  last: TraceEntry,
})
export type SeenClient = z.infer<typeof SeenClient>

// -- catalog --------------------------------------------------------------------------------------------------------

export const CatalogEntry = z.object({
  bty_image_ref: z.string(),
  src: z.string(),
  resolved_src: z.string().nullable(),
  disk_image_sha: z.string().nullable(),
  name: z.string(),
  sha_url: z.string().nullable(),
  format: z.string().nullable(),
  size_bytes: z.number().nullable(),
  description: z.string().nullable(),
  added_at: Timestamp,
})
export type CatalogEntry = z.infer<typeof CatalogEntry>

export const CatalogAdd = z.strictObject({
  image_url: z.string().max(8192).regex(IMAGE_URL),
  sha_url: z.string().max(8192).regex(HTTP_URL).nullable().default(null),
  ref: z.string().regex(HEX64).nullable().default(null),
})
export type CatalogAdd = z.infer<typeof CatalogAdd>

export const CatalogAdded = CatalogEntry.omit({ resolved_src: true, description: true })

export const ImageEntry = z.object({
  name: z.string(),
  format: z.string(),
  size_bytes: z.number(),
  url: z.string(),
  ref: z.string(),
  sha_short: z.string().nullable(),
  cached: z.literal(false),
  arch: z.string().nullable(),
})
export type ImageEntry = z.infer<typeof ImageEntry>

export const CatalogImported = z.object({
  source: z.string(),
  imported: z.number(),
  skipped: z.number(),
  errors: z.array(z.object({ name: z.string(), error: z.string() })),
})
export type CatalogImported = z.infer<typeof CatalogImported>

// -- events ---------------------------------------------------------------------------------------------------------

export const AuditEvent = z.object({
  id: z.number(),
  ts: Timestamp,
  kind: z.string(),
  subject_kind: z.string().nullable(),
  subject_id: z.string().nullable(),
  actor: z.string(),
  source_ip: z.string().nullable(),
  summary: z.string(),
  details: z.record(z.string(), z.unknown()).nullable(),
  acknowledged: z.boolean(),
})
export type AuditEvent = z.infer<typeof AuditEvent>

/** An integer in a query string; what is no decimal integer is refused, also the empty text. */
const queryInt = z.preprocess(
  (value) =>
    typeof value === 'string' ? (/^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : NaN) : value,
  z.number().int(),
)

/**
 * Filters of `GET /events`; every one an exact match. `failed`: any non-empty value. With `q` or a filter the total is
 * counted up to 1000 only, told by `X-Total-Capped`; `before_id` reaches what lies behind. The one order is that of time.
 */
export const EventQuery = z.object({
  ...listQuery,
  kind: z.string().optional(),
  subject_kind: z.string().optional(),
  subject_id: z.string().optional(),
  actor: z.string().optional(),
  source_ip: z.string().optional(),
  failed: z.string().optional(),
  before_id: queryInt.optional(),
  limit: queryInt.default(50).transform((n) => Math.min(500, Math.max(1, n))),
})
export type EventQuery = z.infer<typeof EventQuery>

export const EventList = z.object({ events: z.array(AuditEvent) })

// -- session --------------------------------------------------------------------------------------------------------

export const Session = z.object({
  signed_in: z.boolean(),
  /** This session was opened on the laptop itself and may use `desk` calls. */
  desk: z.boolean(),
  default_password: z.boolean(),
  version: z.string(),
})
export type Session = z.infer<typeof Session>

export const Login = z.strictObject({ password: z.string().max(1024) })

// -- netboot --------------------------------------------------------------------------------------------------------

/** Why a part of netboot does or does not answer. */
export const ServiceState = z.object({
  state: z.enum(['on', 'off', 'blocked']),
  /** One or two sentences: what is off, and how to switch it on. Empty when on. */
  detail: z.string(),
  /** UDP ports it answers on, where it is on. */
  ports: z.array(z.number()),
})
export type ServiceState = z.infer<typeof ServiceState>

export const NetInterface = z.object({
  name: z.string(),
  address: z.string(),
  prefix: z.number(),
  mac: z.string(),
  /** `ethernet`, `wifi`, `virtual` (container, VM bridge) or `vpn`. */
  kind: z.enum(['ethernet', 'wifi', 'virtual', 'vpn', 'loopback']),
  /** The network's identity for the question "may I speak here": CIDR of the subnet. */
  network: z.string(),
  /** `ask`: not seen before, ProxyDHCP stays silent until the operator answers. */
  proxy_dhcp: z.enum(['on', 'off', 'ask']),
})
export type NetInterface = z.infer<typeof NetInterface>

export const Artifact = z.object({
  name: z.string(),
  role: z.enum(['kernel', 'initrd', 'squashfs', 'manifest', 'ipxe', 'other']),
  present: z.boolean(),
  size_bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  modified_at: Timestamp.nullable(),
})
export type Artifact = z.infer<typeof Artifact>

/** UDP ports 67 and 69. `needed`: the console has no right to them; `allowed`: its helper has them open. */
export const LowPortsState = z.object({
  state: z.enum(['own', 'needed', 'asking', 'allowed']),
  /** Those that could not be opened. */
  ports: z.array(z.number()),
  /** What is missing, in a sentence; empty when nothing is. */
  detail: z.string(),
  /** Opens the ports, and all above, to every program of this machine until it restarts; null where there is no such command. */
  command: z.string().nullable(),
  /** The helper can be started here, after a question for the password. */
  can_ask: z.boolean(),
  /** Why the last attempt to get them failed. */
  problem: z.string().nullable(),
})

export const NetbootState = z.object({
  /** Host and port that clients are sent to, per interface the address they arrive on; this is the one in the cheat sheet. */
  advertised: z.string(),
  /** Version of the trio that boot scripts name. */
  active_version: z.string(),
  artifacts: z.array(Artifact),
  /** A trio that was built on this machine and is not installed yet. */
  built: z.object({ version: z.string(), dir: z.string(), size_bytes: z.number() }).nullable(),
  tftp: ServiceState,
  proxy_dhcp: ServiceState,
  interfaces: z.array(NetInterface),
  clients: z.array(SeenClient),
  low_ports: LowPortsState,
})
export type NetbootState = z.infer<typeof NetbootState>

export const NetworkAnswer = z.strictObject({
  network: z.string().max(64),
  proxy_dhcp: z.enum(['on', 'off']),
})

// -- live streams ---------------------------------------------------------------------------------------------------

/**
 * Data of the events on `GET /events/machines`. The first has `full: true` and one page of rows, later ones what
 * changed since. `removed` holds keys (MAC, or image ref).
 */
export function streamData<Row extends z.ZodType>(row: Row) {
  return z.object({ seq: z.number(), full: z.boolean(), rows: z.array(row), removed: z.array(z.string()) })
}
/** Machines that one stream tells of; beyond it the rest is seen when it changes. */
export const STREAM_ROWS_MAX = 20_000
/**
 * `range` comes with `full`: the rows are all that there is behind the MAC `after` (empty: from the first) up to `upto`
 * (null: to the last). A large fleet comes in several such parts.
 */
export const MachinesUpdate = streamData(MachineView).extend({
  range: z.object({ after: z.string(), upto: z.string().nullable() }).optional(),
})
export type MachinesUpdate = z.infer<typeof MachinesUpdate>

export const MachineSummary = z.object({
  total: z.number(),
  unassigned: z.number(),
  last_seen_at: Timestamp.nullable(),
  last_flashed_at: Timestamp.nullable(),
})
export type MachineSummary = z.infer<typeof MachineSummary>

export const ImageSummary = z.object({ total: z.number(), http: z.number(), oras: z.number() })
/** `catalog` changes with the catalog, also where the counts stay. */
export const ImagesUpdate = ImageSummary.extend({ seq: z.number(), catalog: z.number() })
export type ImagesUpdate = z.infer<typeof ImagesUpdate>
export type ImageSummary = z.infer<typeof ImageSummary>
