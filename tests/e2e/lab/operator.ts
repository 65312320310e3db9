/** The operator at the laptop: signs in on loopback and uses the console's own API. */
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { ROUTES, type AuditEvent, type MachineView, type MachinesUpdate } from '../../../server/api/index.ts'

export interface Operator {
  signIn(password: string): Promise<void>
  /** Without `shaUrl`: a registry's image, whose digest is known. */
  addImage(imageUrl: string, shaUrl?: string): Promise<z.infer<typeof ROUTES.addCatalogEntry.output>>
  uploadCatalog(toml: string): Promise<z.infer<typeof ROUTES.uploadCatalog.output>>
  machine(mac: string): Promise<MachineView | null>
  saveMachine(mac: string, wish: z.input<typeof ROUTES.saveMachine.body>): Promise<void>
  trace(mac: string): Promise<z.infer<typeof ROUTES.machineTrace.output>>
  netboot(): Promise<z.infer<typeof ROUTES.netboot.output>>
  /** The audit log of a machine, oldest first. */
  events(mac: string): Promise<AuditEvent[]>
  /** Calls back for every change of machines, as the console's live stream tells it, until `signal`. */
  watch(signal: AbortSignal, change: (update: MachinesUpdate) => void): Promise<void>
}

/** `socketPath` leads to the server's loopback port. */
export function operatorAt(socketPath: string): Operator {
  let cookie = ''
  /** A body that is text goes as it is, anything else as JSON. */
  async function call(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const sent = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    const headers = {
      host: '127.0.0.1:8080',
      accept: '*/*',
      ...(sent === ''
        ? {}
        : {
            'content-type': typeof body === 'string' ? 'application/toml' : 'application/json',
            'content-length': Buffer.byteLength(sent),
          }),
      ...(cookie === '' ? {} : { cookie }),
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ socketPath, method, path, headers, agent: false, signal }, resolve)
      asked.once('error', reject)
      asked.end(sent)
    })
    const set = answer.headers['set-cookie']?.[0]?.split(';')[0]
    if (set !== undefined) cookie = set
    return answer
  }
  async function json<T>(method: string, path: string, output: z.ZodType<T>, body?: unknown): Promise<T> {
    const answer = await call(method, path, body)
    const text = await textOf(answer)
    if (answer.statusCode! >= 300)
      throw new HttpError(answer.statusCode!, `${method} ${path}: ${answer.statusCode} ${text}`)
    return output.parse(JSON.parse(text))
  }
  return {
    async signIn(password) {
      await json('POST', ROUTES.login.path, ROUTES.login.output, { password })
    },
    addImage: (image_url, sha_url) =>
      json('POST', ROUTES.addCatalogEntry.path, ROUTES.addCatalogEntry.output, {
        image_url,
        ...(sha_url !== undefined && { sha_url }),
      }),
    uploadCatalog: (toml) => json('POST', ROUTES.uploadCatalog.path, ROUTES.uploadCatalog.output, toml),
    machine: (mac) =>
      json('GET', `/api/machines/${mac}`, ROUTES.machineView.output).catch((error: unknown) => {
        if (error instanceof HttpError && error.status === 404) return null
        throw error
      }),
    async saveMachine(mac, wish) {
      await json('PUT', `/machines/${mac}`, ROUTES.saveMachine.output, wish)
    },
    trace: (mac) => json('GET', `/api/machines/${mac}/trace`, ROUTES.machineTrace.output),
    netboot: () => json('GET', ROUTES.netboot.path, ROUTES.netboot.output),
    async events(mac) {
      const { events } = await json('GET', `/events?subject_id=${mac}&limit=500`, ROUTES.events.output)
      return events.reverse()
    },
    async watch(signal, change) {
      const answer = await call('GET', '/events/machines', undefined, signal)
      if (answer.statusCode !== 200)
        throw new HttpError(answer.statusCode!, `live stream: ${answer.statusCode}`)
      void readStream(answer, change).catch(() => undefined) // ends with the signal
    },
  }
}

class HttpError extends Error {
  override name = 'HttpError'
  status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return text
}

/** Server-sent events: blocks of `field: value` lines, ended by an empty line. */
async function readStream(answer: IncomingMessage, change: (update: MachinesUpdate) => void): Promise<void> {
  let rest = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    const blocks = (rest + (chunk as string)).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const lines = block.split('\n')
      if (!lines.includes('event: machines-update')) continue
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6))
      change(JSON.parse(data.join('\n')) as MachinesUpdate)
    }
  }
}
