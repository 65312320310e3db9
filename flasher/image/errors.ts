export type ImageErrorCode = 'bad-src' | 'bad-oras' | 'bad-digest-list' | 'bad-catalog'

/** What is said about images is wrong: an address, a digest list, a catalog. The text is fit for the operator. */
export class ImageError extends Error {
  override name = 'ImageError'
  code: ImageErrorCode
  constructor(code: ImageErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** A catalog that is refused as a whole. */
export class CatalogError extends ImageError {
  override name = 'CatalogError'
  constructor(message: string, cause?: unknown) {
    super('bad-catalog', message, cause)
  }
}
