import type { IncomingHttpHeaders } from 'node:http'
import { codeOf, isNotTls, isPassing, netReason } from '../net-reason.ts'
import type { CredentialsRead } from './docker-config.ts'
import { RegistryError } from './errors.ts'

export interface RegistryAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** Address of the last hop. */
  url: string
}

export interface RegistryQuestion {
  method?: 'GET' | 'HEAD' | 'POST'
  headers?: Record<string, string>
  body?: string
}

/** What the conversation with a registry needs of the world. */
export interface RegistryWorld {
  /** One exchange with redirects, bounded in time and bytes. Throws when there is no whole answer. */
  ask(url: string, question: RegistryQuestion, signal?: AbortSignal): Promise<RegistryAnswer>
  credentials(host: string, repository: string): Promise<CredentialsRead>
  /** May this host[:port] be spoken to without TLS? */
  plainHttp(host: string): boolean
  /** Resolves after so many milliseconds. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
}

export const METADATA_LIMIT_BYTES = 10 * 1024 * 1024
export const METADATA_TIMEOUT_MS = 30_000

const PAUSES_MS = [500, 1000]
const PASSING = new Set([429, 500, 502, 503, 504])

/**
 * A question about metadata, repeated twice where a moment may help. The answer may have any status.
 * @throws {RegistryError} `unreachable` or `plain-http`, and what the caller's abort throws
 */
export async function askPatiently(
  world: RegistryWorld,
  url: string,
  question: RegistryQuestion = {},
  signal?: AbortSignal,
): Promise<RegistryAnswer> {
  for (let tries = 0; ; tries++) {
    const pauseMs = PAUSES_MS[tries]
    try {
      const answer = await askOnce(world, url, question, signal)
      if (!PASSING.has(answer.status) || pauseMs === undefined) return answer
    } catch (error) {
      if (signal?.aborted || error instanceof RegistryError) throw error
      const cause = (error as Error).cause ?? error
      if (pauseMs === undefined || !isPassing(cause)) throw unreachable(url, error)
    }
    await world.pause(pauseMs, signal)
  }
}

/** The same once, for questions whose failure has another way. Only transport errors are not yet RegistryErrors. */
export async function askOnce(
  world: RegistryWorld,
  url: string,
  question: RegistryQuestion = {},
  signal?: AbortSignal,
): Promise<RegistryAnswer> {
  const answer = await world.ask(url, question, signal)
  const { protocol, host } = new URL(answer.url)
  if (protocol !== 'https:' && !world.plainHttp(host)) throw plainHttpError(host)
  return answer
}

export function unreachable(url: string, error: unknown): RegistryError {
  if (error instanceof RegistryError) return error
  const cause = (error as Error).cause ?? error
  const host = hostOf(url)
  if (isNotTls(cause)) return plainHttpError(host)
  const reason = codeOf(error) === undefined ? netReason(cause) : (error as Error).message
  return new RegistryError('unreachable', `${host} gave no usable answer: ${reason}`)
}

export function plainHttpError(host: string): RegistryError {
  return new RegistryError(
    'plain-http',
    `${host} speaks plain HTTP, where anybody on the way can read and change what is sent; to allow it, add ${host} to the setting registry.plain_http`,
  )
}

function hostOf(url: string): string {
  return new URL(url).host
}
