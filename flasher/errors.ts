export type FlashCode =
  | 'no-disk' // the planned disk is not there, or cannot be told apart
  | 'refused' // a check before the first byte
  | 'source' // the image cannot be fetched: not found, server error, connection
  | 'stalled' // the origin stopped sending
  | 'truncated' // the image ended early, or a compressed stream is cut
  | 'corrupt' // the bytes are not what they claim: digest, decompressor, garbage behind the end
  | 'too-small' // the expanded image did not fit
  | 'device' // reading or writing the target failed
  | 'verify' // read back, the target holds something else
  | 'cancelled'
  | 'internal'

/** A flash that did not happen or did not end well. The message names the fact and the numbers. */
export class FlashError extends Error {
  override name = 'FlashError'
  code: FlashCode
  constructor(code: FlashCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Any thrown value as a FlashError; an abort becomes `cancelled`. */
export function asFlashError(error: unknown, signal?: AbortSignal): FlashError {
  if (signal?.aborted) return new FlashError('cancelled', 'the flash was cancelled', error)
  if (error instanceof FlashError) return error
  const text = error instanceof Error ? error.message : String(error)
  return new FlashError('internal', text, error)
}
