/** Errors of sockets, names and TLS in the words of the person who has to do something about them. */
const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name is unknown; check the name and the DNS of this machine',
  EAI_AGAIN: 'the host name cannot be resolved now; check the DNS of this machine',
  EHOSTUNREACH: 'the host cannot be reached; check cable, address and routes',
  ENETUNREACH: 'the network cannot be reached; check cable, address and routes',
  ETIMEDOUT: 'the host does not answer',
  EPROTO: 'the host does not speak TLS there; is it plain http://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the host does not speak TLS there; is it plain http://?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the host does not speak TLS there; is it plain http://?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; trust it with NODE_EXTRA_CA_CERTS=<file>',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is from an authority unknown here; trust it with NODE_EXTRA_CA_CERTS=<file>',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is from an authority unknown here; trust it with NODE_EXTRA_CA_CERTS=<file>',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is from an authority unknown here; trust it with NODE_EXTRA_CA_CERTS=<file>',
  CERT_HAS_EXPIRED: 'its certificate has expired; check the clock of this machine too',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  HPE_HEADER_OVERFLOW: 'the head of its answer is larger than 16 KiB',
}

/** What went wrong, for the operator; the error's own words where there are no better ones. */
export function netReason(error: unknown): string {
  const one = single(error)
  const text = REASONS[codeOf(one) ?? '']
  if (text !== undefined) return text
  if (codeOf(one)?.startsWith('HPE_')) return 'it does not answer in HTTP'
  return one instanceof Error ? one.message : String(one)
}

/** Did an https:// address answer something else than TLS? */
export function isNotTls(error: unknown): boolean {
  return REASONS[codeOf(single(error)) ?? '']?.includes('does not speak TLS') === true
}

/** Would the same question have a chance a second later? */
export function isPassing(error: unknown): boolean {
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']
    .concat('ENETUNREACH', 'ETIMEDOUT', 'closed')
    .includes(codeOf(single(error)) ?? '')
}

/** A host with several addresses fails with all of their errors at once. */
function single(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}
