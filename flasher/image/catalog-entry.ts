import { z } from 'zod/mini'
import { detectArch } from './arch.ts'
import { detectFormat } from './format.ts'
import { imageRef } from './ref.ts'

export interface CatalogImage {
  name: string
  src: string
  /** Lower-case hex over the bytes as stored, or null. */
  sha256: string | null
  /** Declared or detected from the name; free text, so it may be a format that cannot be flashed. */
  format: string | null
  sizeBytes: number | null
  description: string | null
  arch: string | null
  /** Identity of `src`; null when `src` cannot be canonicalised, which only shows when the image is used. */
  ref: string | null
}

/** Longest `name` and `src`, in UTF-16 units, and longest of the other texts. */
const MAX_NAME = 1024
const MAX_SRC = 8192
const MAX_OTHER = 65_536

const upTo = (limit: number) => z.maxLength(limit, `is longer than ${limit} characters`)
const text = (limit: number) =>
  z.pipe(
    z.union([z.string(), z.number(), z.bigint(), z.boolean()], 'is not text'),
    z.pipe(z.transform(String), z.string().check(upTo(limit))),
  )
const hex64 = z.pipe(
  z.string('is not a string'),
  z.pipe(
    z.transform((value: string) => value.trim().toLowerCase()),
    z.string().check(z.regex(/^[0-9a-f]{64}$/, 'is not 64 hex digits')),
  ),
)
const sizeBytes = z.pipe(
  z.union([z.bigint(), z.string().check(z.regex(/^\s*\d+\s*$/, 'is not an integer'))], 'is not an integer'),
  z.pipe(
    z.transform(Number),
    z.number().check(z.refine((n) => Number.isSafeInteger(n) && n >= 0, 'is not between 0 and 2^53')),
  ),
)
const optionalText = z.optional(z.string('is not a string').check(upTo(MAX_OTHER)))

const Entry = z.object({
  name: text(MAX_NAME),
  src: z.pipe(
    text(MAX_SRC),
    z
      .string()
      .check(z.refine((src) => !/^file:\/\//i.test(src), 'is file://; a catalog lists remote images only')),
  ),
  sha256: z.optional(hex64),
  ref: z.optional(hex64),
  format: optionalText,
  size_bytes: z.optional(sizeBytes),
  description: optionalText,
  arch: optionalText,
})

/** One table of `images`, or everything that is wrong with it, each as the end of a sentence about the entry. */
export function readEntry(table: Record<string, unknown>): CatalogImage | { problems: string[] } {
  const missing = (['name', 'src'] as const).filter((key) => table[key] === undefined)
  const parsed = Entry.safeParse(table)
  if (!parsed.success) {
    const invalid = parsed.error.issues
      .filter((issue) => !missing.includes(issue.path[0] as 'name' | 'src'))
      .map((issue) => `${issue.path.join('.')} ${issue.message}`)
    return { problems: [...missing.map((key) => `an image has no ${key}`), ...invalid] }
  }
  const entry = parsed.data
  const { ref, problem } = checkedRef(entry.src, entry.ref)
  if (problem !== null) return { problems: [problem] }
  return {
    name: entry.name,
    src: entry.src,
    sha256: entry.sha256 ?? null,
    format: entry.format || detectFormat(entry.name),
    sizeBytes: entry.size_bytes ?? null,
    description: entry.description ?? null,
    arch: entry.arch || detectArch(entry.name),
    ref,
  }
}

/** A `ref` that is written down guards against tampering and drift: it must be the one that `src` gives. */
function checkedRef(src: string, given: string | undefined): { ref: string | null; problem: string | null } {
  try {
    const ref = imageRef(src)
    const differs = given !== undefined && given !== ref
    return { ref, problem: differs ? `ref is ${given}, but its src gives ${ref}` : null }
  } catch (error) {
    const problem = given === undefined ? null : `ref is given, but ${(error as Error).message}`
    return { ref: null, problem }
  }
}
