import type { NewEvent } from '../store/types.ts'

/** What all events about the catalog share: an operator did it, to this address or source. */
export function catalogEvent(
  subject: string,
  ip: string | null,
): Pick<NewEvent, 'subject_kind' | 'subject_id' | 'actor' | 'source_ip'> {
  return { subject_kind: 'catalog', subject_id: subject, actor: 'operator', source_ip: ip }
}
