/** JSON routes under /pxe. */
import type Koa from 'koa'
import type { Deps } from '../deps.ts'
import { HttpError } from '../http/errors.ts'
import type { Call, Handlers } from '../http/mount.ts'
import { clientIp } from '../http/peer.ts'
import { offerPlan } from './contact.ts'
import { probeFor } from './probe.ts'
import { requestHost } from './host.ts'
import { takeDone, takeFailure, takeInventory, takePhase } from './reports.ts'

type PxeHandlers = Pick<Handlers, 'pxePlan' | 'pxeInventory' | 'pxeDone' | 'pxeStatus' | 'pxeProgress'>

export interface PxeOptions {
  trustProxy: boolean
  /** Host that clients are told when a request names none; empty for the address that it arrived on. */
  advertisedHost: string
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function pxeHandlers(deps: Deps, options: PxeOptions): PxeHandlers {
  const { store, trace, hub, progress } = deps
  const ipOf = (ctx: Koa.Context) => clientIp(ctx, options.trustProxy)
  /** UUID of the boot whose failure has been recorded, by MAC: an agent reports one failure on two ways. */
  const failedBoots = new Map<string, string>()

  function reported(mac: string, ip: string | null, isKnown: boolean, text: string): void {
    if (!isKnown) throw new HttpError(404, `no machine record for ${mac}`)
    if (ip !== null) trace.sawAddress(ip, mac)
    trace.record(mac, 'agent', text)
    hub.machineChanged(mac)
  }

  function failed(mac: string, ip: string | null, boot: string | null, reason: string, more: object): void {
    const repeated = boot !== null && failedBoots.get(mac) === boot
    const isKnown = repeated ? store.machines.get(mac) !== null : takeFailure(store, mac, ip, reason, more)
    reported(mac, ip, isKnown, `failed: ${reason}`)
    if (boot !== null) failedBoots.set(mac, boot)
  }

  const done = (mac: string, ip: string | null, boot: string | null) => {
    reported(mac, ip, takeDone(store, mac, ip, boot), 'flash finished')
    deps.cache.planned(mac, null)
  }

  return {
    async pxePlan({ ctx, mac }) {
      const ip = ipOf(ctx)
      const host = requestHost(ctx, options.advertisedHost)
      const probed = await probeFor(deps, mac, host)
      const plan = await store.contactWrite(() => offerPlan(store, mac, ip, host, probed))
      const isCached = plan.mode === 'flash' && plan.image === probed?.url
      deps.cache.planned(mac, isCached ? probed.src : null)
      if (ip !== null) trace.sawAddress(ip, mac)
      trace.record(mac, 'http-plan', plan.mode, { about: plan.mode })
      hub.machineChanged(mac)
      return plan
    },
    pxeInventory({ ctx, mac, body }) {
      const ip = ipOf(ctx)
      reported(mac, ip, takeInventory(store, mac, ip, body), `inventory: ${body.disks.length} disks`)
    },
    pxeDone({ ctx, mac }) {
      done(mac, ipOf(ctx), bootOf(ctx))
    },
    pxeStatus({ ctx, mac, body }) {
      if (body.status === 'done') done(mac, ipOf(ctx), bootOf(ctx))
      else failed(mac, ipOf(ctx), bootOf(ctx), body.reason ?? 'no reason given', {})
    },
    pxeProgress({ ctx, mac, body }: Call<'pxeProgress'>) {
      if (store.machines.get(mac) === null) throw new HttpError(404, `no machine record for ${mac}`)
      const { outcome, phaseChanged } = progress.take(mac, body)
      if (outcome === 'throttled') throw new HttpError(429, 'more than two progress reports in a second')
      if (outcome === 'stale') return
      const ip = ipOf(ctx)
      if (!phaseChanged) hub.machineChanged(mac)
      else if (body.phase === 'done') done(mac, ip, body.boot)
      else if (body.phase === 'failed') {
        const { code, text } = body.error ?? { code: 'unknown', text: 'no reason given' }
        failed(mac, ip, body.boot, text, { code })
      } else reported(mac, ip, takePhase(store, mac, ip, body), body.phase)
    },
  }
}

/** The boot that the agent says it is in, in lower case as progress reports have it; null when it says none. */
function bootOf(ctx: Koa.Context): string | null {
  const boot = ctx.get('x-bty-boot').trim().toLowerCase()
  return UUID.test(boot) ? boot : null
}
