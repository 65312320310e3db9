import { HttpError } from './errors.ts'

/** The refusal for a MAC that no row names; every route that needs the row says it in these words. */
export function noMachine(mac: string): HttpError {
  return new HttpError(404, `no machine record for ${mac}`)
}
