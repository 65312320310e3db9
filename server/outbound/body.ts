import type { IncomingMessage } from 'node:http'
import { OutboundError } from './errors.ts'

/**
 * The body of an answer, never more than `limitBytes` of it in memory. `what` names the question.
 * @throws {OutboundError} `too-large`, `encoding` or `cut`
 */
export async function readBody(response: IncomingMessage, limitBytes: number, what: string): Promise<Buffer> {
  const problem = encodingOf(response) ?? lengthOf(response, limitBytes)
  if (problem !== null) {
    response.destroy()
    throw new OutboundError(problem.code, `${what} ${problem.text}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limitBytes) throw tooLarge(what, limitBytes)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof OutboundError || (cause as Error).name === 'AbortError') throw cause
    throw new OutboundError('cut', `${what} broke off after ${size} bytes`, { cause })
  }
  return Buffer.concat(chunks)
}

interface Problem {
  code: 'too-large' | 'encoding'
  text: string
}

/** Nothing but `identity` was asked for, and bytes that swell on unpacking would escape the limit. */
function encodingOf({ headers }: IncomingMessage): Problem | null {
  const content = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const transfer = (headers['transfer-encoding'] ?? 'chunked').trim().toLowerCase()
  const odd = content !== 'identity' && content !== '' ? content : transfer === 'chunked' ? null : transfer
  if (odd === null) return null
  return { code: 'encoding', text: `is sent compressed (${odd.slice(0, 40)}), which was not asked for` }
}

function lengthOf({ headers }: IncomingMessage, limitBytes: number): Problem | null {
  const length = Number(headers['content-length'] ?? 0)
  if (!(length > limitBytes)) return null
  return { code: 'too-large', text: `announces ${length} bytes; at most ${limitBytes} are read` }
}

function tooLarge(what: string, limitBytes: number): OutboundError {
  return new OutboundError('too-large', `${what} sent more than ${limitBytes} bytes`)
}
