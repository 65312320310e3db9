/** Fetching live media from a release repository (wire contract 1.10), and the versions that are installed. */
import { z } from 'zod'
import type { Route } from './route.ts'

const JobStatus = z.enum(['queued', 'running', 'completed', 'cancelled', 'failed'])
/** Unix seconds. */
const unixTime = z.number().nullable()

export const FetchedArtifact = z.object({
  name: z.string(),
  status: JobStatus,
  bytes_done: z.number(),
  bytes_total: z.number().nullable(),
  error: z.string().nullable(),
  started_at: unixTime,
  finished_at: unixTime,
})
export type FetchedArtifact = z.infer<typeof FetchedArtifact>

export const FetchState = z.object({
  tag: z.string(),
  status: JobStatus,
  /** Of the file that is arriving. */
  bytes_done: z.number(),
  bytes_total: z.number().nullable(),
  artifact: z.string().nullable(),
  started_at: unixTime,
  finished_at: unixTime,
  error: z.string().nullable(),
  base_url: z.string().nullable(),
  artifacts: z.array(FetchedArtifact),
})
export type FetchState = z.infer<typeof FetchState>

export const ReleaseRequest = z.strictObject({
  tag: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/)
    .max(100)
    .default('latest'),
})

export const InstalledFile = z.object({
  name: z.string(),
  role: z.enum(['kernel', 'initrd', 'squashfs', 'manifest']),
  present: z.boolean(),
  size_bytes: z.number().nullable(),
  /** `right` and `wrong`: as read since the file last changed; `unread`: not yet. Null without a manifest line. */
  digest: z.enum(['right', 'wrong', 'unread']).nullable(),
})
export type InstalledFile = z.infer<typeof InstalledFile>

export const InstalledVersion = z.object({
  version: z.string(),
  arch: z.string(),
  /** Kernel, initrd and squashfs are there. */
  complete: z.boolean(),
  /** Boot scripts name it. */
  active: z.boolean(),
  size_bytes: z.number(),
  /** Over all files: `wrong` when one is, `right` when all of the trio are. */
  digest: z.enum(['right', 'wrong', 'unread']),
  files: z.array(InstalledFile),
})
export type InstalledVersion = z.infer<typeof InstalledVersion>

export const ReleasesView = z.object({
  /** Where a fetch goes, and the tag that the console asks for. */
  repo: z.string(),
  tag: z.string(),
  base: z.string(),
  active_version: z.string(),
  /** The operator's choice; null lets the newest complete one win. */
  chosen_version: z.string().nullable(),
  versions: z.array(InstalledVersion),
  fetches: z.array(FetchState),
})
export type ReleasesView = z.infer<typeof ReleasesView>

const version = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/)

export const releaseRoutes = {
  releaseFetches: {
    method: 'GET',
    path: '/boot/releases',
    access: 'operator',
    output: z.object({ boot_root: z.string(), max_parallel: z.number(), fetches: z.array(FetchState) }),
    status: 200,
    summary: 'Fetches of live media',
  },
  fetchRelease: {
    method: 'POST',
    path: '/boot/releases',
    access: 'operator',
    body: ReleaseRequest,
    output: FetchState,
    status: 202,
    summary: 'Fetch the live media of a release',
  },
  cancelFetch: {
    method: 'DELETE',
    path: '/boot/releases/:tag',
    access: 'operator',
    output: FetchState,
    status: 200,
    summary: 'Cancel a fetch',
  },
  releases: {
    method: 'GET',
    path: '/api/releases',
    access: 'operator',
    output: ReleasesView,
    status: 200,
    summary: 'Installed versions of the live media, and where new ones come from',
  },
  /** Null gives the choice back to the newest complete version. */
  chooseVersion: {
    method: 'PUT',
    path: '/api/releases/active',
    access: 'operator',
    body: z.strictObject({ version: version.nullable() }),
    output: ReleasesView,
    status: 200,
    summary: 'Choose the version that boot scripts name',
  },
  verifyVersion: {
    method: 'POST',
    path: '/api/releases/verify',
    access: 'operator',
    body: z.strictObject({ version }),
    output: ReleasesView,
    status: 200,
    summary: 'Read the files of a version and compare their digests',
  },
  deleteVersion: {
    method: 'DELETE',
    path: '/api/releases/versions',
    access: 'operator',
    query: z.object({ version, active: z.enum(['yes', 'no']).default('no') }),
    output: ReleasesView,
    status: 200,
    summary: 'Delete a version; the active one only with `active=yes`',
  },
} as const satisfies Record<string, Route>
