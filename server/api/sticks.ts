/** What only the person at this laptop may do with live sticks: choose a medium, burn it, fill the stick, update it. */
import { z } from 'zod'
import { DriveTarget } from './desk.ts'
import type { Route } from './route.ts'
import { Timestamp } from './schemas.ts'

const bytes = z.number()

export const StickMedium = z.object({
  /** File name; what a burn names it by. */
  name: z.string(),
  /** `built`: made on this machine; `fetched`: from a release. */
  origin: z.enum(['built', 'fetched']),
  version: z.string(),
  size_bytes: bytes,
  modified_at: Timestamp,
  /** In front of the images partition, and the smallest stick; null when it is no usable medium. */
  live_bytes: bytes.nullable(),
  whole_bytes: bytes.nullable(),
  problem: z.string().nullable(),
})
export type StickMedium = z.infer<typeof StickMedium>

export const MediumFetch = z.object({
  tag: z.string(),
  /** Name of the file, when it is known. */
  name: z.string().nullable(),
  status: z.enum(['running', 'completed', 'failed', 'cancelled']),
  bytes_done: bytes,
  bytes_total: bytes.nullable(),
  error: z.string().nullable(),
})
export type MediumFetch = z.infer<typeof MediumFetch>

export const StickMedia = z.object({
  media: z.array(StickMedium),
  /** The last fetch since the start. */
  fetch: MediumFetch.nullable(),
  /** Where a fetch goes. */
  repo: z.string(),
  tag: z.string(),
})
export type StickMedia = z.infer<typeof StickMedia>

/** What a drive holds as a bty stick. */
export const StickFacts = z.object({
  /** Of its live system; null when it cannot be told. */
  version: z.string().nullable(),
  live_bytes: bytes,
  images_bytes: bytes,
  free_bytes: bytes.nullable(),
  /** It was not unmounted cleanly. */
  dirty: z.boolean(),
  files: z.array(z.object({ name: z.string(), bytes })),
  /** Why its images cannot be read. */
  problem: z.string().nullable(),
})
export type StickFacts = z.infer<typeof StickFacts>

export const StickTarget = z.strictObject({ ...DriveTarget.shape, update: z.boolean().default(false) })
export type StickTarget = z.infer<typeof StickTarget>

export const BurnWish = z.strictObject({
  /** A medium of the list, or `path` of a file on this laptop. */
  medium: z.union([
    z.strictObject({ name: z.string().min(1).max(255) }),
    z.strictObject({ path: z.string().min(1).max(4096) }),
  ]),
  /** Catalog images that are copied onto the sticks. */
  images: z.array(z.string().max(64)).max(200).default([]),
  targets: z.array(StickTarget).min(1).max(64),
  /** Drives that are built in may be burnt too. */
  allow_fixed: z.boolean().default(false),
})
export type BurnWish = z.infer<typeof BurnWish>

export const BurnTargetView = z.object({
  path: z.string(),
  model: z.string().nullable(),
  update: z.boolean(),
  phase: z.enum(['download', 'write', 'verify', 'fill', 'check', 'done', 'failed']),
  /** In this phase. */
  bytes_done: bytes,
  bytes_total: bytes.nullable(),
  rate: z.number(),
  error: z.string().nullable(),
  /** What it holds in the end; null while it is being written. */
  state: z.enum(['untouched', 'empty', 'partial', 'written', 'unknown']).nullable(),
  notes: z.array(z.string()),
})
export type BurnTargetView = z.infer<typeof BurnTargetView>

export const Burn = z.object({
  id: z.string(),
  medium: z.string(),
  images: z.array(z.string()),
  /** Name of the image that is being copied. */
  copying: z.string().nullable(),
  status: z.enum(['running', 'completed', 'failed', 'cancelled']),
  started_at: Timestamp,
  finished_at: Timestamp.nullable(),
  waiting: z.array(z.string()),
  error: z.string().nullable(),
  targets: z.array(BurnTargetView),
})
export type Burn = z.infer<typeof Burn>

export const stickRoutes = {
  stickMedia: {
    method: 'GET',
    path: '/api/desk/sticks/media',
    access: 'desk',
    output: StickMedia,
    status: 200,
    summary: 'Live media for sticks: built here and fetched',
  },
  fetchStickMedium: {
    method: 'POST',
    path: '/api/desk/sticks/media/fetch',
    access: 'desk',
    body: z.strictObject({
      tag: z
        .string()
        .regex(/^[A-Za-z0-9._-]+$/)
        .max(100)
        .optional(),
    }),
    output: MediumFetch,
    status: 202,
    summary: 'Fetch the medium of a release; by default of the tag in the settings',
  },
  cancelStickMedium: {
    method: 'DELETE',
    path: '/api/desk/sticks/media/fetch',
    access: 'desk',
    output: z.object({ fetch: MediumFetch.nullable() }),
    status: 200,
    summary: 'Cancel the fetch of a medium',
  },
  inspectStick: {
    method: 'POST',
    path: '/api/desk/sticks/inspect',
    access: 'desk',
    body: DriveTarget,
    output: z.object({ stick: StickFacts.nullable() }),
    status: 200,
    summary: 'What a drive holds as a bty stick; null when it is none',
  },
  burns: {
    method: 'GET',
    path: '/api/desk/sticks/burns',
    access: 'desk',
    output: z.object({ burns: z.array(Burn) }),
    status: 200,
    summary: 'Burns of sticks, newest first',
  },
  startBurn: {
    method: 'POST',
    path: '/api/desk/sticks/burns',
    access: 'desk',
    body: BurnWish,
    output: Burn,
    status: 202,
    summary: 'Burn a live medium to sticks and copy images onto them',
  },
  cancelBurn: {
    method: 'DELETE',
    path: '/api/desk/sticks/burns/:key',
    access: 'desk',
    output: Burn,
    status: 200,
    summary: 'Cancel a burn',
  },
} as const satisfies Record<string, Route>
