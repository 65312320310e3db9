/**
 * Is `host` (host[:port]) one of a comma list of host[:port]? An entry without a port stands for all ports of its
 * host. Nothing is allowed that is not listed, not even this machine. Pure.
 */
export function isListedHost(list: string, host: string): boolean {
  const wanted = host.toLowerCase()
  const bare = wanted.replace(/:\d+$/, '')
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && (entry === wanted || entry === bare))
}
