/** Questions to registries from this machine itself, with the logins that Docker keeps here. */
import { setTimeout as wait } from 'node:timers/promises'
import { call } from '../http.ts'
import { METADATA_LIMIT_BYTES, METADATA_TIMEOUT_MS } from './ask.ts'
import type { RegistryAnswer, RegistryQuestion, RegistryWorld } from './ask.ts'
import { dockerCredentials } from './docker-config.ts'
import { isListedHost } from './plain-http.ts'

export interface DirectSettings {
  /** Path of a Docker config file; empty looks where Docker does. */
  dockerConfig: string
  /** Registries that may be asked without TLS: a comma list of host[:port]. */
  plainHttp: string
}

/** The settings of the server, under the names of its environment. */
export function registrySettings(env: Readonly<Record<string, string | undefined>>): DirectSettings {
  return {
    dockerConfig: env['BTY_REGISTRY_DOCKER_CONFIG'] ?? '',
    plainHttp: env['BTY_REGISTRY_PLAIN_HTTP'] ?? '',
  }
}

export function directRegistry({ dockerConfig, plainHttp }: DirectSettings): RegistryWorld {
  return {
    ask,
    credentials: (host, repository) => dockerCredentials({ path: dockerConfig.trim() }, host, repository),
    plainHttp: (host) => isListedHost(plainHttp, host),
    pause: async (ms, signal) => void (await wait(ms, undefined, signal && { signal })),
  }
}

async function ask(url: string, question: RegistryQuestion, given?: AbortSignal): Promise<RegistryAnswer> {
  const limit = AbortSignal.timeout(METADATA_TIMEOUT_MS)
  const signal = given === undefined ? limit : AbortSignal.any([given, limit])
  const { host } = new URL(url)
  try {
    const { headers: own, ...rest } = question
    const headers = { 'accept-encoding': 'identity', ...own }
    const response = await call(url, { ...rest, headers, signal })
    const answer = { status: response.statusCode!, headers: response.headers, url: response.url ?? url }
    if (question.method === 'HEAD') {
      response.destroy()
      return { ...answer, body: Buffer.alloc(0) }
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > METADATA_LIMIT_BYTES)
        throw new Error(`${host} sent more than ${METADATA_LIMIT_BYTES} bytes where a short answer was due`)
      chunks.push(chunk)
    }
    return { ...answer, body: Buffer.concat(chunks) }
  } catch (error) {
    if (limit.aborted && given?.aborted !== true)
      throw new Error(`${host} took longer than ${METADATA_TIMEOUT_MS / 1000} s`, { cause: error })
    throw error
  }
}
