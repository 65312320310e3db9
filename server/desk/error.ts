/** A wish that cannot be met; `status` is HTTP's. */
export class DeskError extends Error {
  override name = 'DeskError'
  status: 404 | 409 | 422 | 503
  constructor(status: 404 | 409 | 422 | 503, message: string) {
    super(message)
    this.status = status
  }
}
