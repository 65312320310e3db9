import type { TraceEntry } from '../../api/index.ts'
import { SHIM, type UefiFacts } from './uefi-program.ts'

export interface Seen extends Pick<UefiFacts, 'refused' | 'signedWorked'> {
  /** When the machine last got its boot script, milliseconds since the epoch. */
  scriptAtMs: number | null
  /** When it last fetched a boot program whole. */
  wholeAtMs: number | null
}

/** What the trace of a client, oldest first, tells of the programs that it was offered. Pure. */
export function seenOf(entries: readonly TraceEntry[]): Seen {
  const script = entries.findLastIndex(({ step }) => step === 'http-script')
  const since = entries.slice(script + 1)
  const cameBy = entries
    .slice(0, script + 1)
    .findLast(({ step, about }) => step === 'dhcp-offer' && about?.endsWith('.efi') === true)
  return {
    refused: since.some(({ step, about }) => step === 'tftp-done' && about === 'snponly.efi'),
    signedWorked: cameBy?.about === SHIM,
    scriptAtMs: timeOf(entries[script]),
    wholeAtMs: timeOf(
      entries.findLast(({ step, about }) => step === 'tftp-done' && about?.endsWith('.efi') === true),
    ),
  }
}

function timeOf(entry: TraceEntry | undefined): number | null {
  return entry === undefined ? null : Date.parse(entry.at)
}
