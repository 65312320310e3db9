import { listWish } from '../../api/lists.ts'
import type { HttpDeps } from '../kit.ts'
import { HttpError } from '../errors.ts'
import { listHeaders } from '../list-headers.ts'
import type { Handlers } from '../mount.ts'

export function eventHandlers({ store }: HttpDeps): Pick<Handlers, 'events' | 'ackEvent'> {
  return {
    async events({ ctx, query }) {
      const { kind, subject_kind, subject_id, actor, source_ip, before_id, limit } = query
      const exact = { kind, subject_kind, subject_id, actor, source_ip, before_id, limit }
      const filter = { ...exact, failed: query.failed ? true : undefined }
      const wish = listWish(query, [], true)
      const page = await store.events.page({
        filter,
        q: wish.q,
        oldestFirst: !wish.descending,
        paged: wish.paged,
      })
      listHeaders(ctx, wish, page)
      return { events: page.events }
    },
    ackEvent({ id }) {
      if (!store.durable(() => store.events.acknowledge(id, true)))
        throw new HttpError(404, `no event with id ${id}`)
      return { id, acknowledged: true }
    },
  }
}
