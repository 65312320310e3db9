import { asFlashError, FlashError } from '../errors.ts'
import { askOrigin } from './ask.ts'
import type { AskOptions } from './ask.ts'
import { bodyOf } from './body.ts'
import { OriginError, Patience } from './patience.ts'
import type { PatienceOptions } from './patience.ts'
import type { Place } from './place.ts'
import type { RandomSource } from './random.ts'
import { rangeProblem, readContentRange, versionOf } from './version.ts'
import type { Version } from './version.ts'

export type HttpOptions = AskOptions & PatienceOptions

/**
 * An image on an origin that serves ranges of one version; null where it does not, or where nothing would tell two
 * versions apart. Reads may run side by side; each one retries by itself. Throws FlashError.
 */
export async function openRandomHttp(place: Place, options: HttpOptions): Promise<RandomSource | null> {
  const { signal } = options
  try {
    const response = await askOrigin(place, { range: 'bytes=0-0' }, options)
    response.destroy()
    const range = readContentRange(response.headers['content-range'])
    const version = versionOf(response.headers)
    if (response.statusCode !== 206 || range === null || range.from !== 0 || range.total === null) return null
    if (version.ifRange === null && !place.pinned) return null
    const sizeBytes = range.total
    return {
      name: place.name,
      sizeBytes,
      read: (position, length) => readPatiently(place, { sizeBytes, version }, position, length, options),
      close: async () => {},
    }
  } catch (error) {
    throw asFlashError(error, signal)
  }
}

interface Whole {
  sizeBytes: number
  version: Version
}

async function readPatiently(
  place: Place,
  whole: Whole,
  position: number,
  length: number,
  options: HttpOptions,
): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0)
  if (position + length > whole.sizeBytes)
    throw new FlashError(
      'truncated',
      `${place.name} has ${whole.sizeBytes} bytes; ${length} from ${position} on were to be read`,
    )
  const patience = new Patience(options)
  try {
    for (;;)
      try {
        const bytes = await readOnce(place, whole, position, length, options)
        patience.gain(length)
        return bytes
      } catch (error) {
        await patience.wait(error, position)
      }
  } catch (error) {
    throw asFlashError(error, options.signal)
  }
}

async function readOnce(
  place: Place,
  { sizeBytes, version }: Whole,
  position: number,
  length: number,
  options: AskOptions,
): Promise<Buffer> {
  const last = position + length - 1
  const headers = {
    range: `bytes=${position}-${last}`,
    ...(version.ifRange !== null && { 'if-range': version.ifRange }),
  }
  const response = await askOrigin(place, headers, options)
  const answer = { status: response.statusCode!, headers: response.headers }
  const problem = rangeProblem(answer, { from: position, to: last, total: sizeBytes, version })
  if (problem !== null) {
    response.destroy()
    throw new OriginError('source', `${place.name} cannot be read at byte ${position}: ${problem}`)
  }
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  for await (const chunk of bodyOf(response, place.name, options.stallTimeoutMs)) {
    if (filled + chunk.length > length)
      throw new OriginError('source', `${place.name} sent more than the ${length} bytes asked for`)
    filled += chunk.copy(bytes, filled)
  }
  if (filled < length)
    throw new OriginError('truncated', `${place.name} sent ${filled} of ${length} bytes`, { passing: true })
  return bytes
}
