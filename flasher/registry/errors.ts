export type RegistryCode =
  | 'unreachable' // no usable answer: connection, time, server error
  | 'refused' // access denied, or credentials wanted
  | 'not-found'
  | 'bad-answer' // not what a registry says
  | 'index' // several platforms behind one name
  | 'no-image' // nothing in the artifact can be an image
  | 'digest' // the bytes are not those of their digest
  | 'plain-http' // only without TLS, which is not allowed for this host

/** An `oras://` reference that cannot be resolved. The text is fit for the operator and holds no token or password. */
export class RegistryError extends Error {
  override name = 'RegistryError'
  code: RegistryCode
  constructor(code: RegistryCode, message: string) {
    super(message)
    this.code = code
  }
}
