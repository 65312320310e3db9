/** Where this machine's apt gets Debian from. `security` is null when its sources name no security archive. */
export interface Mirrors {
  main: string
  security: string | null
}

interface Source {
  uris: string[]
  suites: string[]
  components: string[]
}

const RELEASES = /^(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)$/

/**
 * The Debian mirrors named by apt source files, `.sources` (deb822) and `.list` (one line each); the first of each kind wins.
 * Other archives that lie beside them are told apart by suite and component. Null when there is no Debian archive.
 */
export function findMirrors(files: { name: string; text: string }[]): Mirrors | null {
  const sources = files.flatMap(({ name, text }) =>
    name.endsWith('.sources') ? deb822(text) : oneLine(text),
  )
  const debian = sources.filter((source) => source.components.includes('main'))
  const main = debian.find((source) => source.suites.some((suite) => RELEASES.test(suite)))?.uris[0]
  const security = debian.find((source) => source.suites.some(isSecurity))?.uris[0]
  return main === undefined ? null : { main, security: security ?? null }
}

function isSecurity(suite: string): boolean {
  const [, release] = /^([a-z]+)(?:-security|\/updates)$/.exec(suite) ?? []
  return release !== undefined && RELEASES.test(release)
}

/** The lines of a one-line-style sources.list that make apt use Debian at `mirrors` in `suite`, with its updates. */
export function sourcesFor(mirrors: Mirrors, suite: string, keyring: string): string {
  const [release = suite, backports] = suite.split(/-(?=backports)/)
  const entry = (uri: string, name: string) =>
    `deb [signed-by=${keyring}] ${uri} ${name} main non-free-firmware`
  const rolling = ['sid', 'unstable'].includes(release)
  return [
    entry(mirrors.main, release),
    ...(rolling ? [] : [entry(mirrors.main, `${release}-updates`)]),
    ...(rolling || mirrors.security === null ? [] : [entry(mirrors.security, `${release}-security`)]),
    ...(backports === undefined ? [] : [entry(mirrors.main, suite)]),
    '',
  ].join('\n')
}

/** sources.list(5), "DEB822-STYLE FORMAT": paragraphs of fields, continued by leading blanks. */
function deb822(text: string): Source[] {
  const plain = text.replace(/^#.*\n?/gm, '')
  return plain
    .split(/\n[ \t]*\n/)
    .map((paragraph) => {
      const unfolded = paragraph.replace(/\n[ \t]+/g, ' ')
      const field = (name: string) => words(new RegExp(`^${name}:(.*)$`, 'im').exec(unfolded)?.[1] ?? '')
      const enabled = !['no', 'false', '0'].includes(field('Enabled')[0]?.toLowerCase() ?? 'yes')
      return enabled && field('Types').includes('deb')
        ? { uris: field('URIs'), suites: field('Suites'), components: field('Components') }
        : { uris: [], suites: [], components: [] }
    })
    .filter((source) => source.uris.length > 0)
}

/** sources.list(5), "ONE-LINE-STYLE FORMAT": `deb [ options ] uri suite component...`. */
function oneLine(text: string): Source[] {
  return [...text.matchAll(/^[ \t]*deb[ \t]+(?:\[[^\]]*\][ \t]*)?(\S+)[ \t]+(\S+)([^#\n]*)/gm)].map(
    ([, uri, suite, components]) => ({ uris: [uri!], suites: [suite!], components: words(components!) }),
  )
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
