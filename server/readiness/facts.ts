import type { NetbootState, TftpDaemon } from '../api/index.ts'

/** What is looked at; `rows.ts` says what it means. */
export interface Facts {
  nowMs: number
  /** Files of the active trio that are not in the boot folder. */
  missingArtifacts: string[]
  catalogRows: number
  daemon: TftpDaemon
  unacknowledged: number
  stateDir: { mountPoint: boolean; hasDatabase: boolean; holdsBootDir: boolean }
  netboot: Pick<NetbootState, 'tftp' | 'proxy_dhcp' | 'interfaces' | 'low_ports'>
  cache: { ok: boolean; detail: string; off: boolean }
  /** Null: the folder could not be looked at. */
  disks: { what: string; path: string; freeBytes: number | null }[]
  defaultPassword: boolean
  /** Summary of the newest reset that nobody has acknowledged. */
  reset: string | null
  backup: { scheduled: 'daily' | 'weekly' | null; newestMs: number | null }
  /** Time of the newest event. */
  newestEventMs: number | null
  /** Null where the system does not tell. */
  defaultRoute: boolean | null
}
