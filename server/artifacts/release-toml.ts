import { parse } from 'smol-toml'
import { z } from 'zod'
import { InstallError } from './error.ts'

/** What `release.toml` says of a release (media contract 7.10). */
export interface ReleaseNote {
  version: string
  tag: string
  files: ReadonlyMap<string, { sizeBytes: number; sha256: string }>
}

export const NOTE_LIMIT_BYTES = 1024 * 1024
const MAX_FILES = 1000
const MAX_FILE_BYTES = 64 * 1024 ** 3

const bareName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._+~-]{0,199}$/, 'must be a bare file name')
const Note = z.object({
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,99}$/, 'must be a version such as 0.60.0'),
  tag: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be a tag such as v0.60.0'),
  artifacts: z
    .array(
      z.object({
        name: bareName,
        size: z.number().int().min(1).max(MAX_FILE_BYTES),
        sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits'),
      }),
    )
    .max(MAX_FILES)
    .default([]),
})

/** Reads a `release.toml`, from whomever it came; one bad entry refuses the whole. Pure. @throws {InstallError} */
export function readReleaseToml(text: string, url: string): ReleaseNote {
  let tables: unknown
  try {
    tables = parse(text)
  } catch (error) {
    throw new InstallError(`${url} is not valid TOML: ${(error as Error).message.split('\n')[0]}`)
  }
  const parsed = Note.safeParse(tables)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new InstallError(`${url}: ${path.join('.')} ${message}`)
  }
  const { version, tag, artifacts } = parsed.data
  const files = new Map<string, { sizeBytes: number; sha256: string }>()
  for (const { name, size, sha256 } of artifacts) {
    if (files.has(name)) throw new InstallError(`${url} lists ${name} twice`)
    files.set(name, { sizeBytes: size, sha256: sha256.toLowerCase() })
  }
  return { version, tag, files }
}
