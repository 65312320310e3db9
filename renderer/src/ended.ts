interface Work {
  id: string
  status: 'running' | 'completed' | 'failed' | 'cancelled'
}

/** What was running before and has come to its end by itself since: an operator who cancelled knows. Pure. */
export function endedSince<W extends Work>(before: readonly W[], now: readonly W[]): W[] {
  const running = new Set(before.filter(({ status }) => status === 'running').map(({ id }) => id))
  return now.filter(({ id, status }) => running.has(id) && status !== 'running' && status !== 'cancelled')
}
