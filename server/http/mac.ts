import { normaliseMac } from '../boot/mac.ts'
import { HttpError } from './errors.ts'
import { quote } from './quote.ts'

/** The MAC of a path parameter. @throws {HttpError} 400 when it is malformed. */
export function macParam(raw: string): string {
  const mac = normaliseMac(raw)
  if (mac === null) throw new HttpError(400, `invalid MAC: ${quote(raw)}`)
  return mac
}
