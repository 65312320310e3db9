/** Routes under /pxe and /boot that are not JSON. */
import type Router from '@koa/router'
import type Koa from 'koa'
import { bootstrapScript } from '../boot/ipxe.ts'
import type { Deps } from '../deps.ts'
import { macParam } from '../http/mac.ts'
import { clientIp } from '../http/peer.ts'
import { OFFERS } from './audit.ts'
import { type Loader, offerScript } from './contact.ts'
import { bootFileHandler } from './boot-files.ts'
import type { BootFolder } from './folder.ts'
import type { PxeOptions } from './handlers.ts'
import { requestHost } from './host.ts'
import { uploadHandler } from './upload.ts'

export interface RawOptions extends PxeOptions {
  folder: BootFolder
  /** iPXE's own binaries; served under /boot where the boot folder has no file of the name. */
  ipxeDir: string
  maxUploadBytes: number
  /** Milliseconds of silence after which an upload is given up; a minute when absent. */
  uploadIdleMs?: number | undefined
}

const ARCH = /^[a-z0-9_]{1,16}$/

/** `operator`: the middleware that lets only operators through. */
export function attachPxe(router: Router, deps: Deps, options: RawOptions, operator: Koa.Middleware): void {
  const { trace } = deps
  const params = (ctx: Koa.Context) => ctx['params'] as Record<string, string>

  router.get('/pxe-bootstrap.ipxe', (ctx) => {
    const ip = clientIp(ctx, options.trustProxy)
    const mac = ip === null ? null : trace.macOf(ip)
    if (mac !== null) trace.record(mac, 'http-bootstrap', 'bootstrap script')
    answerScript(ctx, bootstrapScript(requestHost(ctx, options.advertisedHost), archOf(ctx)))
  })

  const script = scriptHandler(deps, options)
  router.get('/pxe/:mac', (ctx) => script(ctx, params(ctx)['mac']!))

  const grub = scriptHandler(deps, options, 'grub')
  router.get('/pxe/:mac/grub.cfg', (ctx) => grub(ctx, params(ctx)['mac']!))

  const bootFile = bootFileHandler(deps, options)
  router.get('/boot/:name', (ctx) => bootFile(ctx, params(ctx)['name']!))
  const upload = uploadHandler(options)
  router.put('/boot/:name', operator as Parameters<typeof router.put>[1], (ctx: Koa.Context) =>
    upload(ctx, params(ctx)['name']!),
  )
}

const SCRIPT_PATH = /^\/pxe\/([0-9A-Fa-f:-]{17})$/

/**
 * `GET /pxe/{mac}` before the router, which tries some seventy patterns on every request: a rack that powers on asks for
 * little else.
 */
export function scriptFirst(deps: Deps, options: RawOptions): Koa.Middleware {
  const script = scriptHandler(deps, options)
  return (ctx, next) => {
    const mac = ctx.method === 'GET' ? SCRIPT_PATH.exec(ctx.path)?.[1] : undefined
    return mac === undefined ? next() : script(ctx, mac)
  }
}

function scriptHandler({ store, trace, hub }: Deps, options: RawOptions, loader: Loader = 'ipxe') {
  return async (ctx: Koa.Context, rawMac: string): Promise<void> => {
    const mac = macParam(rawMac)
    const ip = clientIp(ctx, options.trustProxy)
    const arch = archOf(ctx)
    const host = requestHost(ctx, options.advertisedHost)
    const at = { host, version: await options.folder.activeVersion(arch), arch }
    const { script, offerKind } = await store.contactWrite(() => offerScript(store, mac, ip, at, loader))
    if (ip !== null) trace.sawAddress(ip, mac)
    trace.record(mac, 'http-script', OFFERS[offerKind] ?? offerKind, { about: offerKind })
    hub.machineChanged(mac)
    answerScript(ctx, script)
  }
}

function answerScript(ctx: Koa.Context, script: string): void {
  ctx.set('Content-Type', 'text/plain; charset=utf-8')
  ctx.body = script
}

/** `?arch=` of clients that are not x86-64, as iPXE's `${buildarch}` names it. */
function archOf(ctx: Koa.Context): string | undefined {
  if (ctx.querystring === '') return undefined
  const arch = ctx.query['arch']
  return typeof arch === 'string' && ARCH.test(arch) && arch !== 'x86_64' ? arch : undefined
}
