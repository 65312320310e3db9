export type Challenge = { scheme: 'bearer'; realm: string; service: string | null } | { scheme: 'basic' }

const MAX_HEADER_CHARS = 8192

/** `key="value"` pairs behind the word Bearer, keys in lower case; nothing for another scheme or unquoted values. */
export function bearerParameters(header: string): Record<string, string> {
  const text = header.slice(0, MAX_HEADER_CHARS)
  const start = /(?:^|,)\s*bearer\s+/i.exec(text)
  if (start === null) return {}
  const parameters: Record<string, string> = {}
  const pair = /\s*([A-Za-z_]+)="([^"]*)"\s*(?:,|$)/y
  pair.lastIndex = start.index + start[0].length
  for (let match = pair.exec(text); match !== null; match = pair.exec(text))
    parameters[match[1]!.toLowerCase()] ??= match[2]!
  return parameters
}

/** What a 401 asks for (`WWW-Authenticate`; wire contract of the flasher, 5.2). Null when it cannot be followed. */
export function parseChallenge(header: string | undefined): Challenge | null {
  if (header === undefined) return null
  const { realm, service } = bearerParameters(header)
  if (realm) return { scheme: 'bearer', realm, service: service ?? null }
  return /(?:^|,)\s*basic(?:\s|,|$)/i.test(header.slice(0, MAX_HEADER_CHARS)) ? { scheme: 'basic' } : null
}
