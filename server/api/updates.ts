/** Whether a newer version of this console has been released. */
import { z } from 'zod'
import type { Route } from './route.ts'

export const UpdateState = z.object({
  /** `off`: switched off, or nobody knows where releases are. `unknown`: not asked yet, or no answer. */
  state: z.enum(['off', 'unknown', 'current', 'newer']),
  /** Newest released version; null while unknown. */
  version: z.string().nullable(),
  /** Where a person reads about it and gets it. */
  url: z.string().nullable(),
  /** ISO 8601, of the last answer. */
  checked_at: z.string().nullable(),
  /** Why the last question was not answered. */
  problem: z.string().nullable(),
})
export type UpdateState = z.infer<typeof UpdateState>

export const updateRoutes = {
  updates: {
    method: 'GET',
    path: '/api/updates',
    access: 'operator',
    output: UpdateState,
    status: 200,
    summary: 'Whether a newer version of this console is known',
  },
  checkUpdates: {
    method: 'POST',
    path: '/api/updates/check',
    access: 'operator',
    output: UpdateState,
    status: 200,
    summary: 'Ask for the newest version now',
  },
} as const satisfies Record<string, Route>
