/** Addresses of the console's screens, and of the server's routes. */

export type Screen =
  | { view: 'login' }
  | { view: 'dashboard' }
  | { view: 'machines' }
  | { view: 'machine'; mac: string }
  | { view: 'images' }
  | { view: 'netboot' }
  | { view: 'flash' }
  | { view: 'sticks' }
  | { view: 'backups' }
  | { view: 'events' }
  | { view: 'terminal' }
  | { view: 'settings' }
  | { view: 'account' }
  | { view: 'unknown'; path: string }

const PLAIN = [
  'login',
  'dashboard',
  'machines',
  'images',
  'netboot',
  'flash',
  'sticks',
  'backups',
  'events',
  'terminal',
  'settings',
  'account',
] as const

/** Which screen a path of the address bar names. */
export function screenOf(path: string): Screen {
  const parts = path.split('/').filter((part) => part !== '')
  const [ui, view, key, ...rest] = parts
  if (ui === undefined || (ui === 'ui' && view === undefined)) return { view: 'dashboard' }
  if (ui !== 'ui' || rest.length > 0) return { view: 'unknown', path }
  if (view === 'machines' && key !== undefined) {
    const mac = parseMac(decode(key))
    return mac === null ? { view: 'unknown', path } : { view: 'machine', mac }
  }
  const plain = PLAIN.find((name) => name === view)
  return plain === undefined || key !== undefined ? { view: 'unknown', path } : { view: plain }
}

/** The path of a screen; the inverse of `screenOf`. */
export function pathOf(screen: Screen): string {
  if (screen.view === 'machine') return fillPath('/ui/machines/:mac', { mac: screen.mac })
  return screen.view === 'unknown' ? screen.path : `/ui/${screen.view}`
}

/** Puts parameters into a route's path. Colons stay readable: they are legal in a path segment (RFC 3986, 3.3). */
export function fillPath(pattern: string, params: Record<string, string | number> = {}): string {
  return pattern.replace(/:([a-z_]+)/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new Error(`path ${pattern} needs a value for ${name}`)
    return encodeURIComponent(value).replaceAll('%3A', ':')
  })
}

/** `?a=1&b=2` of the values that are set; empty when none is. */
export function queryOf(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const text = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
  return text === '' ? '' : `?${text}`
}

/**
 * A MAC as people paste it (colons, hyphens, dots or nothing between the digits) in lower case with colons; null when
 * it is not one.
 */
export function parseMac(text: string): string | null {
  const trimmed = text.trim().toLowerCase()
  const spelled = [/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/, /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/, /^[0-9a-f]{12}$/]
  if (!spelled.some((form) => form.test(trimmed))) return null
  return trimmed
    .replace(/[^0-9a-f]/g, '')
    .match(/../g)!
    .join(':')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
