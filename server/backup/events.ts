/** Events of backups (wire contract 6). Pure. */
import type { NewEvent } from '../store/types.ts'

export function backupEvent(
  kind: string,
  id: string,
  summary: string,
  details: NewEvent['details'],
  by: { actor?: NewEvent['actor']; ip?: string | null } = {},
): NewEvent {
  const { actor = 'system', ip = null } = by
  return { kind, subject_kind: 'backup', subject_id: id, actor, source_ip: ip, summary, details }
}
