import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { asFlashError, FlashError } from '../errors.ts'
import { askOrigin } from './ask.ts'
import { bodyOf } from './body.ts'
import { OriginError, Patience } from './patience.ts'
import type { Place } from './place.ts'
import { openRandomHttp } from './random-http.ts'
import type { HttpOptions } from './random-http.ts'
import type { Source } from './source.ts'
import { rangeProblem, readContentRange, versionOf } from './version.ts'
import type { Version } from './version.ts'

/**
 * Opens an image on an origin. A transfer that is cut or stalls goes on with a range from the byte that was reached, as
 * long as the origin still has the same version; it never begins again. Throws FlashError.
 */
export async function openHttp(place: Place, options: HttpOptions): Promise<Source> {
  try {
    const response = await askOrigin(place, {}, { ...options, bulk: true })
    if (response.statusCode !== 200) {
      response.destroy()
      throw new FlashError(
        'source',
        `${place.name} answered ${response.statusCode} ${response.statusMessage}`,
      )
    }
    const sizeBytes = lengthOf(response)
    return {
      name: place.name,
      fileName: null,
      sizeBytes,
      sha256: null,
      // An origin that does not say that it has ranges is not asked for them beside the download.
      random:
        response.headers['accept-ranges'] === 'bytes'
          ? (quick) => openRandomHttp(place, { ...options, ...quick })
          : null,
      stream: Readable.from(whole(place, response, sizeBytes, options), { objectMode: false }),
    }
  } catch (error) {
    throw asFlashError(error, options.signal)
  }
}

function lengthOf(response: IncomingMessage): number | null {
  const length = Number(response.headers['content-length'] ?? NaN)
  return Number.isSafeInteger(length) && length >= 0 ? length : null
}

/** Every byte once and in order, over as many requests as it takes. */
async function* whole(
  place: Place,
  first: IncomingMessage,
  sizeBytes: number | null,
  options: HttpOptions,
): AsyncGenerator<Buffer> {
  const patience = new Patience(options)
  const version = versionOf(first.headers)
  let response: IncomingMessage | null = first
  let total = sizeBytes
  let position = 0
  for (;;) {
    try {
      response ??= await goOn(place, { position, total, version }, options)
      total ??= readContentRange(response.headers['content-range'])?.total ?? null
      for await (const chunk of bodyOf(response, place.name, options.stallTimeoutMs)) {
        if (total !== null && position + chunk.length > total)
          throw new OriginError('corrupt', `${place.name} sends more than the ${total} bytes announced`)
        position += chunk.length
        patience.gain(chunk.length)
        yield chunk
      }
      if (total === null || position === total) return
      throw new OriginError('truncated', `${place.name} broke off: ${position} of ${total} bytes came`, {
        passing: true,
      })
    } catch (error) {
      // All of it is here: how the connection ended is of no interest.
      if (error instanceof OriginError && total !== null && position === total) return
      await patience.wait(resumable(error, place, first, version, position), position)
      response = null
    }
  }
}

/** The error, made final where nothing would prove that the rest belongs to what is here already. */
function resumable(
  error: unknown,
  place: Place,
  first: IncomingMessage,
  version: Version,
  position: number,
): unknown {
  if (!(error instanceof OriginError) || !error.passing) return error
  const reason =
    first.headers['accept-ranges'] === 'none'
      ? 'the origin takes no ranges'
      : version.ifRange === null && !place.pinned
        ? 'neither an ETag, nor a modification date, nor a digest tells whether it is still the same file'
        : null
  if (reason === null) return error
  return new FlashError(
    error.code,
    `${error.message}; it cannot go on from byte ${position}: ${reason}`,
    error,
  )
}

async function goOn(
  place: Place,
  { position, total, version }: { position: number; total: number | null; version: Version },
  options: HttpOptions,
): Promise<IncomingMessage> {
  const headers = {
    range: `bytes=${position}-`,
    ...(version.ifRange !== null && { 'if-range': version.ifRange }),
  }
  const response = await askOrigin(place, headers, { ...options, bulk: true })
  const answer = { status: response.statusCode!, headers: response.headers }
  const problem = rangeProblem(answer, { from: position, to: null, total, version })
  if (problem === null) return response
  response.destroy()
  throw new OriginError(
    'truncated',
    `${place.name} broke off and cannot go on from byte ${position}: ${problem}`,
  )
}
