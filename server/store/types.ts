/** The rows of the state database and the verbs on them. Only files in this folder hold SQL. */
import type { InventoryDisk } from '../api/index.ts'
import type { Hardware } from '../backup/bundle.ts'
import type { ListWish, PageBounds } from '../api/lists.ts'
import type { MachineWishList } from './machine-list.ts'
import type { Keep } from './retention-rules.ts'

/** Columns of `machines` (wire contract 4.1), JSON columns decoded; labels sorted. */
export interface MachineRow {
  mac: string
  bty_image_ref: string | null
  labels: string[]
  discovered_at: string | null
  last_seen_at: string | null
  last_seen_ip: string | null
  boot_mode: string
  sanboot_drive: string | null
  last_flashed_at: string | null
  saw_flasher_boot: boolean
  /** When this cycle was armed; completion counts only when it is newer. Null when not armed. */
  armed_at: string | null
  /** UUID of the boot that completed this cycle, so that a repeated `done` is told from a new one. */
  done_boot: string | null
  known_disks: InventoryDisk[] | null
  known_disks_at: string | null
  has_lshw: boolean
  hw_lshw_at: string | null
  target_disk_serial: string | null
  created_at: string
  updated_at: string
}

export interface CatalogRow {
  bty_image_ref: string
  src: string
  resolved_src: string | null
  disk_image_sha: string | null
  name: string
  sha_url: string | null
  format: string | null
  size_bytes: number | null
  description: string | null
  arch: string | null
  added_at: string
}

/** An event about to be written. `ts` is filled in by the store. */
export interface NewEvent {
  kind: string
  subject_kind: 'machine' | 'catalog' | 'netboot' | 'settings' | 'auth' | 'backup' | 'cache' | null
  subject_id: string | null
  actor: 'operator' | 'system' | 'pxe-client'
  source_ip: string | null
  summary: string
  details: Record<string, unknown> | null
}

export interface EventRow extends NewEvent {
  id: number
  ts: string
  acknowledged: boolean
}

export interface EventFilter {
  kind?: string | undefined
  subject_kind?: string | undefined
  subject_id?: string | undefined
  actor?: string | undefined
  source_ip?: string | undefined
  failed?: boolean | undefined
  before_id?: number | undefined
  limit: number
}

/** What `GET /events` may ask for beside exact filters. */
export interface EventListWish {
  filter: EventFilter
  q: string
  oldestFirst: boolean
  paged: ListWish<string>['paged']
}

/** Rows of a page. `total` stops at `EVENT_COUNT_LIMIT` where `q` or a filter makes counting a matter of reading. */
export interface EventPage extends PageBounds {
  events: EventRow[]
  total: number
  isTotalCapped: boolean
}

/** Operator fields of a machine; what `PUT /machines/{mac}` replaces. */
export interface MachineWish {
  bty_image_ref: string | null
  labels: string[]
  boot_mode: string
  sanboot_drive: string | null
  target_disk_serial: string | null
}

export interface CatalogStage {
  /** Appends rows; nobody sees them yet. */
  add(rows: readonly Omit<CatalogRow, 'added_at'>[]): void
  /** Takes the rows into the catalog in their order, what is known stays; says the `src` of those that are new. */
  move(): Set<string>
  drop(): void
}

export interface Store {
  readonly machines: {
    list(): MachineRow[]
    /** A page, or all, of the machines that a wish finds. */
    page(wish: MachineWishList): PageBounds & { machines: MachineRow[]; total: number }
    /** At most `limit` rows whose MAC is greater, by MAC: for walking all without holding all. */
    after(mac: string, limit: number): MachineRow[]
    /** MACs of the machines that an image is assigned to. */
    assigned(): string[]
    get(mac: string): MachineRow | null
    /** Insert-if-absent as a discovered machine, touch last-seen. `created` tells which. One contact, one row, whatever the race. */
    contact(mac: string, ip: string | null): { machine: MachineRow; created: boolean }
    /** Touches last-seen of an existing row; false when there is none. */
    touch(mac: string, ip: string | null): boolean
    /** Writes columns of an existing row, `updated_at` along with them. */
    change(mac: string, columns: Partial<Omit<MachineRow, 'mac' | 'labels' | 'has_lshw'>>): void
    /** Replaces the operator fields; resets the cycle where the contract (2.5) says so. `created` when the row is new. */
    save(mac: string, wish: MachineWish): { machine: MachineRow; created: boolean }
    delete(mac: string): boolean
    /**
     * Starts a run that forgets machines that were only ever met, beyond the `keep` of them seen last; each call of it
     * is a short step, true when all is done.
     */
    trim(keep: number, dropped: (macs: readonly string[]) => void): () => boolean
    lshw(mac: string): string | null
    setLshw(mac: string, json: string): void
    summary(): {
      total: number
      unassigned: number
      last_seen_at: string | null
      last_flashed_at: string | null
    }
  }
  readonly catalog: {
    list(): CatalogRow[]
    byRef(ref: string): CatalogRow | null
    bySrc(src: string): CatalogRow | null
    /** False when a row with the same ref or src exists; nothing is written then. */
    insert(row: Omit<CatalogRow, 'added_at'> & { added_at?: string }): boolean
    /** A place beside the catalog in which many rows wait, filled in steps, until `move` takes all in at once. */
    stage(): CatalogStage
    deleteBySrc(src: string): boolean
    summary(): { total: number; http: number; oras: number }
  }
  readonly events: {
    add(event: NewEvent): EventRow
    list(filter: EventFilter): EventRow[]
    /** Searches and pages; lets other requests run in between. */
    page(wish: EventListWish): Promise<EventPage>
    /** The newest `machine.flash_failed` of a machine. */
    newestFailure(mac: string): EventRow | null
    /** Indexes the next few rows for search; true when it has caught up. */
    indexStep(): boolean
    /** 0 where there is none. */
    newestId(): number
    /** Starts a run that removes what `keep` does not cover; each call of it is a short step, true when all is done. */
    trim(keep: Keep): () => boolean
    acknowledge(id: number, acknowledged: boolean): boolean
    /** Unacknowledged failures and schema resets: the dashboard tripwire. */
    unacknowledged(): number
  }
  readonly settings: {
    get(key: string): string | null
    /** Null deletes the key. */
    set(key: string, value: string | null): void
    all(): Record<string, string>
  }
  readonly inventory: {
    /** Puts the machines of a bundle in place of those with the same MAC (wire contract 7.3); all or none. */
    replace(machines: readonly Hardware[]): void
  }
  readonly sessions: {
    get(id: string): { data: string; expires_at: number } | null
    set(id: string, data: string, expiresAtMs: number): void
    delete(id: string): void
    /** Ends every session but this one; returns the ids of those that ended. */
    deleteOthers(id: string): string[]
    sweep(nowMs: number): void
  }
  /**
   * Runs `work` in one transaction that is on the disk when this returns (`synchronous=FULL`): operator writes, arming
   * and completion.
   */
  durable<T>(work: () => T): T
  /**
   * Runs `work` in the transaction that all contacts of this tick share (`synchronous=NORMAL`); resolves after its
   * commit. A throwing `work` undoes itself alone.
   */
  contactWrite<T>(work: () => T): Promise<T>
  now(): string
  /** Gives the page cache back to the system. */
  release(): void
  close(): void
}
