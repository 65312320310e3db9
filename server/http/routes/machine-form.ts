import type Router from '@koa/router'
import type Koa from 'koa'
import { MachineUpsert } from '../../api/index.ts'
import type { HttpDeps, Kit } from '../kit.ts'
import { readForm } from '../body.ts'
import { blankToNull, errorLine, errorPage, labelsOf } from '../form.ts'
import { macParam } from '../mac.ts'
import { deleteMachine, saveMachine } from '../machines.ts'
import { seeOther } from '../redirect.ts'
import { entriesOf } from '../validation.ts'

/** The form routes of a machine (wire contract 1.13), for plain HTTP clients. */
export function machineFormRoutes(router: Router, deps: HttpDeps, kit: Kit): void {
  router.post('/ui/machines/:mac', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const mac = macParam(ctx['params'].mac as string)
    const page = `/ui/machines/${mac}`
    const input = {
      bty_image_ref: blankToNull(form.get('bty_image_ref')),
      labels: labelsOf(form.get('labels') ?? ''),
      boot_mode: blankToNull(form.get('boot_mode')) ?? 'ipxe-exit',
      sanboot_drive: blankToNull(form.get('sanboot_drive')),
      target_disk_serial: blankToNull(form.get('target_disk_serial')),
    }
    const parsed = MachineUpsert.safeParse(input)
    if (!parsed.success)
      return seeOther(ctx, errorPage(page, errorLine(entriesOf(parsed.error, 'body', input))))
    const { boot_mode, target_disk_serial } = parsed.data
    if (boot_mode.startsWith('bty-flash-') && target_disk_serial === null)
      return seeOther(
        ctx,
        errorPage(
          page,
          `boot_mode=${boot_mode} requires a target disk; choose one of the disks that the machine reported`,
        ),
      )
    saveMachine(deps, mac, parsed.data, kit.ip(ctx))
    seeOther(ctx, '/ui/machines')
  })

  router.post('/ui/machines/:mac/delete', kit.page, (ctx: Koa.Context) => {
    const mac = macParam(ctx['params'].mac as string)
    const deleted = deleteMachine(deps, mac, kit.ip(ctx))
    seeOther(ctx, `/ui/machines?${deleted ? 'deleted' : 'missing'}=${encodeURIComponent(mac)}`)
  })
}
