import type { HelperCode } from './messages.ts'

/** `no-helper`: it did not start or is of another version; `died`: it ended with requests under way. */
export type HelperErrorCode = HelperCode | 'no-helper' | 'died'

/** What the helper refused, or what became of it. After `died` the state of a disk that was being flashed is unknown. */
export class HelperError extends Error {
  override name = 'HelperError'
  code: HelperErrorCode
  constructor(code: HelperErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
