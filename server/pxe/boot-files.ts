/** `GET|HEAD /boot/{name}`: artifacts with ranges and validators; a kernel or initrd with `?mac=` arms its machine. */
import type Koa from 'koa'
import send from 'send'
import { provesLiveBoot } from '../boot/artifacts.ts'
import { arm } from '../boot/cycle.ts'
import { autoexecScript } from '../boot/ipxe.ts'
import { normaliseMac } from '../boot/mac.ts'
import type { Deps } from '../deps.ts'
import { HttpError } from '../http/errors.ts'
import { clientIp } from '../http/peer.ts'
import type { Store } from '../store/types.ts'
import type { RawOptions } from './attach.ts'
import * as audit from './audit.ts'
import { requestHost } from './host.ts'
import { bareName, findFile } from './boot-name.ts'

const NONE: ReadonlySet<string> = new Set()
const AUTOEXEC = 'autoexec.ipxe'

export function bootFileHandler({ store, trace, hub }: Deps, options: RawOptions) {
  const { folder, ipxeDir } = options
  return async (ctx: Koa.Context, rawName: string): Promise<void> => {
    const name = bareName(rawName)
    const ip = clientIp(ctx, options.trustProxy)
    const asked = ctx.query['mac']
    const mac = typeof asked === 'string' ? normaliseMac(asked) : null
    const found = await findFile([folder.path, ipxeDir], name)
    const names = mac === null || found === null ? NONE : await folder.refresh()
    if (mac !== null && (await fetched(store, mac, ip, name, names))) hub.machineChanged(mac)
    const client = mac ?? (ip === null ? null : trace.macOf(ip))
    if (client !== null) {
      const made = name === AUTOEXEC ? 'made for it' : 'not there'
      const outcome = found === null ? made : `${found.sizeBytes} bytes`
      const step = found === null && name !== AUTOEXEC ? 'http-missing' : 'http-artifact'
      trace.record(client, step, `${ctx.method} ${name}, ${outcome}`, { about: name })
      if (found !== null)
        ctx.res.once('close', () => {
          if (!ctx.res.writableFinished)
            trace.record(client, 'http-cut', `${name}, broken off by the machine`, { about: name })
        })
    }
    if (found !== null) return sendFile(ctx, found.folder, name)
    if (name !== AUTOEXEC) throw new HttpError(404, `no such file: ${name}`)
    // iPXE that was loaded by HTTP Boot looks for this file beside itself.
    ctx.type = 'application/octet-stream'
    ctx.body = autoexecScript(requestHost(ctx, options.advertisedHost))
  }
}

/** Touches a known machine and arms it where this file proves a live boot. False when there is no such machine. */
async function fetched(
  store: Store,
  mac: string,
  ip: string | null,
  name: string,
  names: ReadonlySet<string>,
): Promise<boolean> {
  const machine = store.machines.get(mac)
  if (machine === null) return false
  const arms = provesLiveBoot(name, names) && arm(machine, store.now()) !== null
  if (!arms) return store.contactWrite(() => store.machines.touch(mac, ip))
  return store.durable(() => {
    const changes = arm(store.machines.get(mac)!, store.now())
    store.machines.touch(mac, ip)
    if (changes !== null) {
      store.machines.change(mac, changes)
      store.events.add(audit.armed(mac, name))
    }
    return true
  })
}

/** Resolves when the answer has left or the client has gone. */
function sendFile(ctx: Koa.Context, root: string, name: string): Promise<void> {
  const { req, res } = ctx
  return new Promise((resolve, reject) => {
    const stream = send(req, encodeURIComponent(name), { root, dotfiles: 'allow', index: false })
    stream.on('headers', () => {
      // For every file: some firmware refuses a boot file of a text type.
      res.setHeader('Content-Type', 'application/octet-stream')
      res.setHeader(
        'Content-Disposition',
        `attachment; filename="${name.replaceAll(/["\\]|[^\x20-\x7e]/g, '_')}"`,
      )
    })
    stream.on('error', (error: { status?: number; headers?: Record<string, string> }) => {
      // The disk failed in the middle: only a broken connection tells the client that the file is not whole.
      if (res.headersSent) return void res.destroy()
      ctx.respond = true
      reject(new HttpError(error.status ?? 500, reasonOf(error.status, name), error.headers))
    })
    res.once('close', resolve)
    ctx.respond = false
    res.statusCode = 200
    stream.pipe(res)
  })
}

function reasonOf(status: number | undefined, name: string): string {
  if (status === 416) return `the range lies outside ${name}`
  if (status === 412) return `${name} has changed`
  return `no such file: ${name}`
}
