import type Router from '@koa/router'
import type { HttpDeps, Kit } from '../kit.ts'
import { readForm } from '../body.ts'
import { HttpError } from '../errors.ts'

/** `POST /ui/events/acknowledge` (wire contract 1.13): repeated `ids`; `acknowledged` of `0`, `false` or nothing clears. */
export function eventFormRoutes(router: Router, { store }: HttpDeps, kit: Kit): void {
  router.post('/ui/events/acknowledge', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const ids = form.getAll('ids')
    const bad = ids.findIndex((id) => !/^\d{1,15}$/.test(id))
    if (bad !== -1)
      throw new HttpError(422, [
        {
          type: 'int_parsing',
          loc: ['body', 'ids', bad],
          msg: 'Input should be a valid integer, unable to parse string as an integer',
          input: ids[bad],
        },
      ])
    const acknowledged = !['0', 'false', ''].includes(form.get('acknowledged') ?? '1')
    const updated = store.durable(
      () => ids.filter((id) => store.events.acknowledge(Number(id), acknowledged)).length,
    )
    ctx.body = { updated, acknowledged }
  })
}
