import type {
  AuditEvent,
  Evidence,
  Finding,
  FindingCode,
  NetbootState,
  ProgressView,
  TraceEntry,
} from '../api/index.ts'
import type { Cycle } from '../boot/cycle.ts'
import type { MachineRow } from '../store/types.ts'
import { CAUSES } from './causes.ts'

type Event = Pick<AuditEvent, 'ts' | 'kind' | 'summary' | 'details'>

/** All that is known of one client. */
export interface Facts {
  /** Milliseconds since the epoch. */
  nowMs: number
  /** Of this client, oldest first; gone after a restart of the server. */
  trace: readonly TraceEntry[]
  /** Null for a client that has been heard and is no machine. */
  machine:
    | (Pick<
        MachineRow,
        'boot_mode' | 'armed_at' | 'last_flashed_at' | 'updated_at' | 'known_disks' | 'target_disk_serial'
      > & { cycle: Cycle })
    | null
  /** Of this machine, newest first. */
  events: readonly Event[]
  progress: Pick<ProgressView, 'phase' | 'updated_at' | 'bytes_written' | 'bytes_written_total'> | null
  netboot: Pick<NetbootState, 'tftp' | 'proxy_dhcp' | 'interfaces'>
  /** The active live system fetches its squashfs by itself; the one built with this program does not. */
  usesSquashfs: boolean
}

/** `detail`: a sentence of this very case, behind the explanation. */
export function finding(code: FindingCode, evidence: Evidence[], detail = ''): Finding {
  const cause = CAUSES[code]
  const explanation = detail === '' ? cause.explanation : `${cause.explanation} ${detail}`
  return { code, ...cause, explanation, evidence }
}

export function ofTrace(...entries: (TraceEntry | undefined)[]): Evidence[] {
  return entries
    .filter((entry) => entry !== undefined)
    .map(({ at, text, count }) => ({
      at,
      kind: 'trace',
      text: count > 1 ? `${text} (${count} times)` : text,
    }))
}

export function ofEvent({ ts, summary }: Event): Evidence {
  return { at: ts, kind: 'event', text: summary }
}
