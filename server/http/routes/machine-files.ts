import type Router from '@koa/router'
import type Koa from 'koa'
import type { HttpDeps, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import { macParam } from '../mac.ts'
import { noMachine } from '../not-found.ts'

/** Downloads of what a machine reported: `lshw.json` as it came, `disks.json` as it is stored. */
export function machineFileRoutes(router: Router, { store }: HttpDeps, kit: Kit): void {
  router.get('/machines/:mac/lshw.json', kit.operator, (ctx) => {
    const mac = knownMac(ctx)
    send(ctx, mac, 'lshw', store.machines.lshw(mac) ?? missing(`no lshw hardware inventory for ${mac}`))
  })
  router.get('/machines/:mac/disks.json', kit.operator, (ctx) => {
    const mac = knownMac(ctx)
    const disks = store.machines.get(mac)!.known_disks
    send(ctx, mac, 'disks', disks === null ? missing(`no disk inventory for ${mac}`) : JSON.stringify(disks))
  })

  function knownMac(ctx: Koa.Context): string {
    const mac = macParam(ctx['params'].mac as string)
    if (store.machines.get(mac) === null) throw noMachine(mac)
    return mac
  }
}

function missing(detail: string): never {
  throw new HttpError(404, detail)
}

function send(ctx: Koa.Context, mac: string, what: string, json: string): void {
  ctx.set('Content-Disposition', `attachment; filename="${mac.replaceAll(':', '-')}-${what}.json"`)
  ctx.set('Content-Type', 'application/json')
  ctx.body = json
}
