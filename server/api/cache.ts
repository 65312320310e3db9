/** The cache of images as an operator sees and works it. */
import { z } from 'zod'
import type { Route } from './route.ts'

/** Milliseconds become ISO 8601, UTC. */
const Time = z.string()

export const CachedObject = z.object({
  src: z.string(),
  /** `waiting`: its download begins when one of those that run has ended. */
  status: z.enum(['whole', 'filling', 'waiting', 'failed']),
  bytes: z.number(),
  bytes_total: z.number().nullable(),
  sha256: z.string().nullable(),
  /** `digest`: compared with one that was known before; `length`: nothing more was known; null until whole. */
  verified: z.enum(['digest', 'length']).nullable(),
  hits: z.number(),
  fetched_at: Time.nullable(),
  last_used_at: Time.nullable(),
  pinned: z.boolean(),
  /** Only this laptop has it. */
  local: z.boolean(),
  /** Name of the catalog row that names it; null when none does. */
  image_name: z.string().nullable(),
  /** Machines whose plan sent them here and that have not finished. */
  machines: z.array(z.string()),
  /** Clients that are reading it while it arrives. */
  clients: z.number(),
  /** Bytes per second of its download since it began; null when none runs. */
  rate: z.number().nullable(),
  error: z.string().nullable(),
})
export type CachedObject = z.infer<typeof CachedObject>

export const CacheView = z.object({
  kind: z.enum(['off', 'embedded', 'external']),
  ok: z.boolean(),
  detail: z.string(),
  dir: z.string().nullable(),
  used_bytes: z.number(),
  /** 0: no limit but the disk. */
  max_bytes: z.number(),
  free_bytes: z.number(),
  keep_free_bytes: z.number(),
  objects: z.array(CachedObject),
  misses: z.array(z.object({ src: z.string(), count: z.number(), first_seen: Time, last_seen: Time })),
})
export type CacheView = z.infer<typeof CacheView>

export const CacheTarget = z.strictObject({ src: z.string().min(1).max(8192) })
export type CacheTarget = z.infer<typeof CacheTarget>

const verb = <const Path extends string>(path: Path, summary: string) =>
  ({
    method: 'POST',
    path: `/api/cache/${path}`,
    access: 'operator',
    body: CacheTarget,
    output: CacheView,
    status: 200,
    summary,
  }) as const

export const cacheRoutes = {
  cache: {
    method: 'GET',
    path: '/api/cache',
    access: 'operator',
    output: CacheView,
    status: 200,
    summary: 'What the cache holds, fetches and missed',
  },
  warmCache: verb('warm', 'Fetch an image before a machine asks for it'),
  pinCache: verb('pin', 'Keep an image, and fetch it where it is missing'),
  unpinCache: verb('unpin', 'Let an image go when room is needed'),
  evictCache: verb('evict', 'Remove the stored bytes of an image'),
  verifyCache: verb('verify', 'Read a stored image back and compare its digest'),
  cancelCacheFill: verb('cancel', 'Stop a running download'),
} as const satisfies Record<string, Route>
