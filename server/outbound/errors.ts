export type OutboundCode =
  | 'address' // refused here: the address must not be reached from an operator's URL
  | 'url' // no address at all, or neither http nor https
  | 'unreachable' // no answer: name, connection, TLS
  | 'timeout'
  | 'redirects'
  | 'status' // another answer than 200
  | 'too-large'
  | 'encoding'
  | 'cut' // the body ended early

/** A question to another server that has no usable answer. The text is fit for the operator. */
export class OutboundError extends Error {
  override name = 'OutboundError'
  code: OutboundCode
  /** HTTP status with code `status`, else null. */
  status: number | null
  constructor(code: OutboundCode, message: string, { status = null, cause }: Extra = {}) {
    super(message, { cause })
    this.code = code
    this.status = status
  }
}

interface Extra {
  status?: number | null
  cause?: unknown
}
