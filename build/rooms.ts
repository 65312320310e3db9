/** Which room may import which. A room is a top-level folder; the table is the design, the test holds the code to it. */
export const ROOMS: Record<string, readonly string[]> = {
  flasher: [],
  server: ['flasher'],
  electron: ['server', 'flasher'],
  renderer: ['server/api'],
  media: [],
  build: ['media', 'server', 'flasher', 'electron'],
  tests: ['flasher', 'server', 'electron', 'renderer', 'media', 'build'],
}

/** Folders inside a room that may import less than their room: path prefix -> allowed specifiers or prefixes. */
const NARROW: Record<string, readonly string[]> = {
  'server/api/': ['zod', './'],
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g

/** The import specifiers of a TypeScript or Svelte source. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? m[3] ?? '')
}

/** Where `specifier` points when `file` imports it, relative to the repository; null for packages. */
function targetOf(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  const parts = [...file.split('/').slice(0, -1), ...specifier.split('/')]
  const out: string[] = []
  for (const part of parts) {
    if (part === '..') out.pop()
    else if (part !== '.') out.push(part)
  }
  return out.join('/')
}

/**
 * The rule that an import breaks, or null. Paths are relative to the repository with forward slashes.
 * A unit test beside its file may use `tests/` for fixtures and harness.
 */
export function brokenRule(file: string, specifier: string): string | null {
  for (const [prefix, allowed] of Object.entries(NARROW)) {
    const isTest = file.endsWith('.test.ts')
    if (
      file.startsWith(prefix) &&
      !isTest &&
      !allowed.some((a) => specifier === a || specifier.startsWith(a))
    )
      return `${prefix} may import only ${allowed.join(', ')}`
  }
  const target = targetOf(file, specifier)
  if (target === null) return null
  const from = file.split('/')[0]!
  const to = target.split('/')[0]!
  const allowed = ROOMS[from]
  if (allowed === undefined || to === from || ROOMS[to] === undefined) return null
  if (to === 'tests' && file.endsWith('.test.ts')) return null
  if (allowed.some((a) => target === a || target.startsWith(`${a}/`))) return null
  return `${from}/ may not import ${target}`
}
