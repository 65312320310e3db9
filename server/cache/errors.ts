export type CacheCode =
  | 'origin'
  | 'length'
  | 'digest'
  | 'moved'
  | 'quota'
  | 'disk-full'
  | 'disk'
  | 'cancelled'
  | 'restarted'
  | 'closing'
  | 'not-here'

/** Why an object is not, or not any more, to be had from the cache. */
export class CacheError extends Error {
  override name = 'CacheError'
  readonly code: CacheCode
  constructor(code: CacheCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Anything thrown on the way to the disk or the origin, as one of ours. */
export function asCacheError(error: unknown): CacheError {
  if (error instanceof CacheError) return error
  const { code, message = String(error) } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL')
    return new CacheError('disk-full', `the disk of the cache is full (${code})`, error)
  if (code === 'EIO' || code === 'EROFS' || code === 'EACCES' || code === 'EPERM' || code === 'ENOENT')
    return new CacheError('disk', `the disk of the cache: ${message}`, error)
  return new CacheError('origin', message, error)
}

/** An answer of an origin that another attempt would get again. */
export class FinalError extends Error {}
