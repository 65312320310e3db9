/** Which events are shown, as an address and as a question to the server. Pure. */
export const EVENT_VIEWS = ['all', 'failed', 'operator', 'machine'] as const
export type EventView = (typeof EVENT_VIEWS)[number]

export interface EventFilter {
  view: EventView
  q: string
  /** Only events about this: a MAC, an address of an image ... */
  subject: string
}

export const ALL_EVENTS: EventFilter = { view: 'all', q: '', subject: '' }

/** Reads the query part of an address; what it does not know is left out. */
export function filterOf(search: string): EventFilter {
  const query = new URLSearchParams(search)
  return {
    view: EVENT_VIEWS.find((view) => view === query.get('show')) ?? 'all',
    q: (query.get('q') ?? '').slice(0, 256),
    subject: query.get('subject') ?? '',
  }
}

/** The inverse of `filterOf`; empty for all events. */
export function searchOf({ view, q, subject }: EventFilter): string {
  const query = new URLSearchParams()
  if (view !== 'all') query.set('show', view)
  if (q !== '') query.set('q', q)
  if (subject !== '') query.set('subject', subject)
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** The filter as parameters of `GET /events`. */
export function filterQuery({ view, q, subject }: EventFilter): Record<string, string> {
  return {
    ...(q !== '' && { q }),
    ...(subject !== '' && { subject_id: subject }),
    ...(view === 'failed' && { failed: '1' }),
    ...(view === 'operator' && { actor: 'operator' }),
    ...(view === 'machine' && { actor: 'pxe-client' }),
  }
}

/** Details as lines of name and value; nested values as JSON. */
export function detailLines(details: Record<string, unknown> | null): [name: string, value: string][] {
  return Object.entries(details ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
}

/** A sentence cut at the name that becomes a link; a sentence without it stands before the link. */
export function around(summary: string, name: string): [before: string, after: string] {
  const at = summary.indexOf(name)
  return at < 0 ? [`${summary} `, ''] : [summary.slice(0, at), summary.slice(at + name.length)]
}
