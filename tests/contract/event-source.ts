/** A reader of server-sent events over a socket of its own. */
import { get, type IncomingMessage } from 'node:http'
import type { TestContext } from 'node:test'

export interface SentEvent {
  event: string
  id: string
  data: Record<string, unknown>
}

export interface EventReader {
  response: IncomingMessage
  /** The next event; rejects when the stream ends first. */
  next(): Promise<SentEvent>
  /** Resolves when the stream has ended. */
  ended: Promise<void>
  close(): void
}

export async function eventReader(
  t: TestContext,
  url: string,
  headers: Record<string, string>,
): Promise<EventReader> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject)
  })
  t.after(() => response.destroy())
  const events: SentEvent[] = []
  const waiting: { resolve(event: SentEvent): void; reject(error: Error): void }[] = []
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const event = parse(text.slice(0, end))
      text = text.slice(end + 2)
      if (event === null) continue
      const waiter = waiting.shift()
      if (waiter) waiter.resolve(event)
      else events.push(event)
    }
  })
  const ended = new Promise<void>((resolve) => response.on('close', resolve))
  response.on('error', () => undefined)
  void ended.then(() => waiting.forEach(({ reject }) => reject(new Error('the stream ended'))))
  return {
    response,
    next: () =>
      new Promise((resolve, reject) => {
        const event = events.shift()
        if (event !== undefined) resolve(event)
        else if (response.closed) reject(new Error('the stream ended'))
        else waiting.push({ resolve, reject })
      }),
    ended,
    close: () => response.destroy(),
  }
}

function parse(block: string): SentEvent | null {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join('\n')
  return field('data') === ''
    ? null
    : { event: field('event'), id: field('id'), data: JSON.parse(field('data')) as Record<string, unknown> }
}
