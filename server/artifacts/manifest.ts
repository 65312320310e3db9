import { InstallError } from './error.ts'

/** Names and lower-case digests of a `sha256sum` listing; what is malformed is left out. Pure. */
export function parseManifest(text: string): Map<string, string> {
  const digests = new Map<string, string>()
  for (const line of text.split('\n')) {
    const read = readLine(line)
    if (read !== null) digests.set(read.name, read.sha256)
  }
  return digests
}

/**
 * Holds files to their manifest (wire contract 7.1): every line is well formed and names a file that is there, every
 * file is listed, every digest is right. `got`: name -> lower-case digest. Pure. @throws {InstallError}
 */
export function checkManifest(manifest: string, text: string, got: ReadonlyMap<string, string>): void {
  const listed = new Set<string>()
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const read = readLine(line)
    if (read === null) throw new InstallError(`malformed line in ${manifest}: '${shown(line)}'`)
    const { name, sha256 } = read
    if (name === manifest) continue
    const found = got.get(name)
    if (found === undefined) throw new InstallError(`manifest references missing file: ${shown(name)}`)
    if (found !== sha256)
      throw new InstallError(`sha256 mismatch for ${name}: expected ${sha256}, got ${found}`)
    listed.add(name)
  }
  if (listed.size === 0) throw new InstallError(`empty ${manifest} manifest`)
  for (const name of got.keys())
    if (!listed.has(name)) throw new InstallError(`${manifest} lists no digest for ${name}`)
}

function readLine(line: string): { name: string; sha256: string } | null {
  const match = /^\s*([0-9a-f]{64})\s+[*./]*([^\s*./].*?)\s*$/i.exec(line)
  return match === null ? null : { name: match[2]!, sha256: match[1]!.toLowerCase() }
}

/** Somebody else's text in a message of ours: one line, not endless. */
function shown(text: string): string {
  return text
    .trim()
    .replaceAll(/[\x00-\x1f\x7f]/g, '?')
    .slice(0, 200)
}
