import { ImageError } from './errors.ts'

/** A reference to an artifact in an OCI registry: exactly one of tag and digest is set. */
export interface OrasRef {
  host: string
  repository: string
  tag: string | null
  /** `sha256:` and 64 lower-case hex digits. */
  digest: string | null
}

const HOST = '[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?'
const REPOSITORY = '(?=[^:@]*/)[a-z0-9][a-z0-9/_.-]*'
const REF = new RegExp(`^oras://(${HOST})/(${REPOSITORY})(?::([A-Za-z0-9._-]+)|@(sha256:[0-9a-f]{64}))$`)

/** Reads `oras://host/owner/repo:tag` or `...@sha256:<hex>`. Case is kept. Throws ImageError `bad-oras`. */
export function parseOrasRef(text: string): OrasRef {
  const match = REF.exec(text)
  if (match === null) {
    throw new ImageError(
      'bad-oras',
      `${JSON.stringify(text)} is not oras://host/owner/repository with one of :tag and @sha256:digest`,
    )
  }
  const [, host, repository, tag, digest] = match
  return { host: host!, repository: repository!, tag: tag ?? null, digest: digest ?? null }
}
