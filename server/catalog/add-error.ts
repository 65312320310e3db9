export type AddCode = 'ref-mismatch' | 'oras' | 'sha' | 'no-name' | 'bad-url' | 'exists'

/** An image that was not added, and why. `reason` is the part of the message that names the fact alone. */
export class AddError extends Error {
  override name = 'AddError'
  readonly code: AddCode
  readonly reason: string
  constructor(code: AddCode, message: string, reason: string = message) {
    super(message)
    this.code = code
    this.reason = reason
  }
}
