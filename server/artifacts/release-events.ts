/** Events of fetches (wire contract 6). Pure. */
import type { FetchState } from '../api/index.ts'
import type { NewEvent } from '../store/types.ts'
import type { FetchData } from './fetch-state.ts'

function ofTag(
  kind: string,
  tag: string,
  summary: string,
  details: NewEvent['details'],
  by: { ip: string | null } | null = null,
): NewEvent {
  return {
    kind: `netboot.artifacts.${kind}`,
    subject_kind: 'netboot',
    subject_id: tag,
    actor: by === null ? 'system' : 'operator',
    source_ip: by?.ip ?? null,
    summary,
    details,
  }
}

export function requested(tag: string, ip: string | null): NewEvent {
  return ofTag('fetch.requested', tag, `Live media ${tag} were asked for`, { tag }, { ip })
}

export function started(tag: string, repo: string | null): NewEvent {
  return ofTag('fetch.started', tag, `Live media ${tag} are being fetched`, { tag, repo })
}

export function cancelledBy(tag: string, ip: string | null): NewEvent {
  const details = { tag, source: 'operator' }
  return ofTag('fetch.cancelled', tag, `The fetch of live media ${tag} was cancelled`, details, { ip })
}

/** The event of a job that has ended; null for one that was cancelled before it began, which the operator's event tells. */
export function ended(state: FetchState, { form, totalBytes }: FetchData): NewEvent | null {
  const { tag, status, error, base_url, artifacts } = state
  if (status === 'completed') {
    const more = form && { total_bytes: totalBytes, artifacts: artifacts.map(({ name }) => name) }
    const summary = `Live media ${tag} were fetched from ${base_url} and verified`
    return ofTag('fetched', tag, summary, { tag, base_url, ...more }, form)
  }
  if (status === 'failed')
    return ofTag(
      'fetch.failed',
      tag,
      `Live media ${tag} were not fetched: ${error}; the boot folder is as it was`,
      { tag, error },
      form,
    )
  if (status !== 'cancelled' || state.started_at === null) return null
  return ofTag('fetch.cancelled', tag, `The fetch of live media ${tag} has stopped`, { tag })
}
