import type { HttpDeps } from '../app.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

export function eventHandlers({ store }: HttpDeps): Pick<Handlers, 'events' | 'ackEvent'> {
  return {
    events: ({ query }) => ({
      events: store.events.list({ ...query, failed: query.failed ? true : undefined }),
    }),
    ackEvent({ id }) {
      if (!store.durable(() => store.events.acknowledge(id, true)))
        throw new HttpError(404, `no event with id ${id}`)
      return { id, acknowledged: true }
    },
  }
}
