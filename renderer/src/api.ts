/** The typed client: every call, its parameters and its answer come from the route table of `server/api`. */
import type { z } from 'zod'
import { ROUTES, type Route, type RouteName } from '../../server/api/index.ts'
import { desktopBridge, type DesktopBridge } from './bridge.ts'
import { fillPath, queryOf } from './paths.ts'
import { sentence } from './sentence.ts'

type Names<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Names<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never
type Of<N extends RouteName> = (typeof ROUTES)[N]
type Params<N extends RouteName> = [Names<Of<N>['path']>] extends [never]
  ? unknown
  : { params: Record<Names<Of<N>['path']>, string | number> }
type Body<N extends RouteName> =
  Of<N> extends { body: infer B extends z.ZodType } ? { body: z.input<B> } : unknown
type Query<N extends RouteName> =
  Of<N> extends { query: infer Q extends z.ZodType }
    ? object extends z.input<Q>
      ? { query?: z.input<Q> }
      : { query: z.input<Q> }
    : unknown

/** `text` is a body that is not JSON. */
export type Input<N extends RouteName> = Params<N> &
  Body<N> &
  Query<N> & { text?: string | Blob; signal?: AbortSignal }
export type Output<N extends RouteName> =
  Of<N> extends { output: infer O extends z.ZodType } ? z.output<O> : undefined
type Args<N extends RouteName> = object extends Input<N> ? [input?: Input<N>] : [input: Input<N>]

/** `status` 0: no answer at all. `message` is a sentence for the operator. */
export class ApiError extends Error {
  override name = 'ApiError'
  status: number
  detail: unknown
  constructor(status: number, detail: unknown, cause?: unknown) {
    super(sentence(status, detail), { cause })
    this.status = status
    this.detail = detail
  }
}

export type Call = <N extends RouteName>(name: N, ...args: Args<N>) => Promise<Output<N>>

/** Tells `refused` when the server no longer knows the session. */
export const refusals = new EventTarget()

/**
 * A client that sends through `send`, which is the browser's `fetch` unless told. In the desktop app `desk` calls go through its
 * bridge instead; nobody who calls can tell the difference.
 */
export function client(
  send: typeof fetch = (...request) => fetch(...request),
  bridge: DesktopBridge | null = desktopBridge(),
): Call {
  return async (name, ...[input]) => {
    const route: Route = ROUTES[name]
    const given: AnyInput = input ?? {}
    if (bridge !== null && route.access === 'desk') return (await overBridge(bridge, name, given)) as never
    const answer = await send(fillPath(route.path, given.params) + queryOf(given.query), {
      method: route.method,
      credentials: 'same-origin',
      signal: given.signal ?? null,
      ...payload(given),
    }).catch((cause: unknown) => {
      throw new ApiError(0, null, cause)
    })
    if (answer.status === 401 && name !== 'login') refusals.dispatchEvent(new Event('refused'))
    if (!answer.ok) throw new ApiError(answer.status, await detailOf(answer))
    return (route.output === undefined ? undefined : await answer.json()) as never
  }
}

/** The client of this page. */
export const call = client()

/** The same, for requests that go through although the page closes. Bodies of 64 KiB in all, at most. */
export const lastingCall = client((url, init) => fetch(url, { ...init, keepalive: true }), null)

/** What `work` gives, or the sentence of its failure: for forms that show it beside their fields. */
export async function problemOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
}

/** What `work` gives, or the sentence of its failure. */
export async function answerOf<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
}

async function overBridge(bridge: DesktopBridge, name: RouteName, given: AnyInput): Promise<unknown> {
  const { params, query, body } = given
  // Of plain values only: what a component holds in its state cannot cross into another process.
  const wish = JSON.parse(JSON.stringify({ name, params, query, body })) as { name: never }
  const answer = await bridge.desk(wish).catch((cause: unknown) => {
    throw new ApiError(0, null, cause)
  })
  if (answer.status < 300) return answer.body ?? undefined
  const detail = (answer.body as { detail?: unknown } | null)?.detail ?? answer.body
  throw new ApiError(answer.status, detail)
}

interface AnyInput {
  params?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  text?: string | Blob
  signal?: AbortSignal
}

function payload(input: AnyInput): RequestInit {
  if (input.text !== undefined)
    return {
      body: input.text,
      headers: {
        'Content-Type': typeof input.text === 'string' ? 'application/toml' : 'application/octet-stream',
      },
    }
  if (input.body === undefined) return {}
  return { body: JSON.stringify(input.body), headers: { 'Content-Type': 'application/json' } }
}

async function detailOf(answer: Response): Promise<unknown> {
  const text = await answer.text()
  try {
    return (JSON.parse(text) as { detail?: unknown }).detail ?? text
  } catch {
    return text
  }
}
