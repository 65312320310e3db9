import { ImageError } from './errors.ts'

/** Longest digest list that is read, in characters. */
export const MAX_DIGEST_LIST = 1024 * 1024

/**
 * The SHA-256 (lower-case hex) that a `sha256sum` listing gives for `basename`; without a basename, its first.
 * A listing of one digest without a name speaks for any file. Throws ImageError `bad-digest-list`.
 */
export function digestFor(text: string, basename: string | null = null): string {
  if (text.length > MAX_DIGEST_LIST)
    throw bad(`sha256 manifest has ${text.length} characters; the limit is ${MAX_DIGEST_LIST}`)
  const entries = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(parseLine)
  if (entries.length === 0) throw bad('empty sha256 manifest')
  const lone = entries.length === 1 && entries[0]!.name === ''
  const found =
    basename === null || lone ? entries[0] : entries.find((entry) => entry.name === stripped(basename))
  if (found !== undefined) return found.digest
  const names = entries.slice(0, 20).map((entry) => `'${entry.name}'`)
  throw bad(
    `sha256 manifest does not list a digest for '${basename}'; available names: [${names.join(', ')}]`,
  )
}

function parseLine(line: string): { digest: string; name: string } {
  const match = /^([0-9a-f]{64})(?:\s+(\S.*))?$/i.exec(line.trim())
  if (match === null) throw bad(`malformed sha256 line in manifest: '${line.slice(0, 200)}'`)
  return { digest: match[1]!.toLowerCase(), name: stripped(match[2] ?? '') }
}

/** `*` marks binary mode, `./` is how `sha256sum ./*` prints names. */
function stripped(name: string): string {
  return name.replace(/^[*./]+/, '')
}

function bad(message: string): ImageError {
  return new ImageError('bad-digest-list', message)
}
