import { setTimeout as wait } from 'node:timers/promises'
import { METADATA_LIMIT_BYTES, METADATA_TIMEOUT_MS, type RegistryWorld } from '../../flasher/registry/ask.ts'
import { dockerCredentials } from '../../flasher/registry/docker-config.ts'
import type { RegistryLayer } from '../../flasher/registry/layer.ts'
import { isListedHost } from '../../flasher/registry/plain-http.ts'
import { resolveOras } from '../../flasher/registry/resolve.ts'
import { readBody } from './body.ts'
import { OutboundError } from './errors.ts'
import type { Sender } from './outbound.ts'

export interface RegistrySettings {
  /** `registry.docker_config`: path of a Docker config file; empty looks where Docker does. */
  dockerConfig: string
  /** `registry.plain_http`: comma list of host[:port]. */
  plainHttp: string
  /** Hears once of each problem with the config file that did not stop the work. */
  warn?: (text: string) => void
  /** For tests. */
  env?: Readonly<Record<string, string | undefined>>
  timeoutMs?: number
  pause?: RegistryWorld['pause']
}

/** Questions to registries through the guarded way out. */
export function registryResolver(
  send: Sender,
  settings: RegistrySettings = { dockerConfig: '', plainHttp: '' },
): (src: string, signal?: AbortSignal) => Promise<RegistryLayer> {
  const { timeoutMs = METADATA_TIMEOUT_MS, warn = () => undefined } = settings
  const told = new Set<string>()
  const world: RegistryWorld = {
    async ask(url, question, given) {
      const limit = AbortSignal.timeout(timeoutMs)
      const signal = given === undefined ? limit : AbortSignal.any([given, limit])
      const host = new URL(url).host
      try {
        const response = await send(url, { ...question, signal })
        const { statusCode: status = 0, headers } = response
        const last = response.url ?? url
        if (question.method === 'HEAD') response.destroy()
        const body =
          question.method === 'HEAD' ? Buffer.alloc(0) : await readBody(response, METADATA_LIMIT_BYTES, host)
        return { status, headers, body, url: last }
      } catch (error) {
        if (limit.aborted && !given?.aborted)
          throw new OutboundError('timeout', `${host} took longer than ${timeoutMs / 1000} s`)
        throw error
      }
    },
    async credentials(host, repository) {
      const path = { path: settings.dockerConfig.trim(), ...(settings.env && { env: settings.env }) }
      const read = await dockerCredentials(path, host, repository)
      if (read.problem !== null && !told.has(read.problem)) {
        told.add(read.problem)
        warn(`registry credentials: ${read.problem}`)
      }
      return read
    },
    plainHttp: (host) => isListedHost(settings.plainHttp, host),
    pause: settings.pause ?? (async (ms, signal) => void (await wait(ms, undefined, signal && { signal }))),
  }
  return (src, signal) => resolveOras(src, world, signal)
}
