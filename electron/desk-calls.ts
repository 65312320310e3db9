import type { IncomingMessage } from 'node:http'
import { ROUTES, type Route } from '../server/api/index.ts'
import type { InnerDoor } from '../server/http/inner.ts'
import type { DeskAnswer, DeskWish, StreamChunk } from './bridge.ts'

export interface DeskCallsOptions {
  inside: InnerDoor
  /** The window's session, as a Cookie header. */
  cookie: () => Promise<string>
  /** To the page. */
  send: (chunk: StreamChunk) => void
}

export interface DeskCalls {
  desk(wish: DeskWish): Promise<DeskAnswer>
  /** Opens a stream of text; its pieces follow under the number that is given. */
  openStream(wish: { path: string }): Promise<DeskAnswer & { stream: number }>
  closeStream(wish: { stream: number }): Promise<Record<string, never>>
  close(): void
}

/** `desk` calls of the window: checked like those over HTTP, by the same code, with the window's own session. */
export function deskCalls({ inside, cookie, send }: DeskCallsOptions): DeskCalls {
  const streams = new Map<number, AbortController>()
  let count = 0

  return {
    async desk({ name, params = {}, query = {}, body }) {
      const route: Route = ROUTES[name]
      const answer = await inside.ask({
        method: route.method,
        path: fill(route.path, params) + queryOf(query),
        cookie: await cookie(),
        ...(body !== undefined && { json: body }),
      })
      return answerOf(answer)
    },
    async openStream({ path }) {
      const stop = new AbortController()
      const answer = await inside.ask({ method: 'GET', path, cookie: await cookie(), signal: stop.signal })
      if (answer.statusCode !== 200) return { ...(await answerOf(answer)), stream: 0 }
      const stream = ++count
      streams.set(stream, stop)
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => send({ stream, text }))
      const end = () => {
        if (streams.delete(stream)) send({ stream, text: null })
      }
      answer.once('end', end)
      answer.once('error', end)
      answer.once('close', end)
      return { status: 200, body: null, stream }
    },
    async closeStream({ stream }) {
      streams.get(stream)?.abort()
      streams.delete(stream)
      return {}
    },
    close() {
      for (const stop of streams.values()) stop.abort()
      streams.clear()
    },
  }
}

async function answerOf(answer: IncomingMessage): Promise<DeskAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return { status: answer.statusCode!, body: text === '' ? null : parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function fill(pattern: string, params: Record<string, string | number>): string {
  return pattern.replace(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
}

function queryOf(query: Record<string, string | number | boolean>): string {
  const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}
