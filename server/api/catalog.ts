/** Catalog routes beyond the rows themselves: import, the default catalog, checks. */
import { z } from 'zod'
import type { Route } from './route.ts'
import { CatalogAdd, CatalogImported, Timestamp } from './schemas.ts'

/** What a HEAD of the origin, or its registry, says. */
export const OriginState = z.discriminatedUnion('reachable', [
  z.object({ reachable: z.literal(true), size_bytes: z.number().nullable(), format: z.string().nullable() }),
  z.object({ reachable: z.literal(false), error: z.string() }),
])
export type OriginState = z.infer<typeof OriginState>

export const CatalogCheck = z.object({
  src: z.string(),
  origin: OriginState,
  withcache: z.union([
    z.object({ configured: z.literal(false) }),
    z.object({ configured: z.literal(true), hit: z.boolean(), warmed: z.boolean() }),
    z.object({ configured: z.literal(true), applicable: z.literal(false) }),
  ]),
  /** Seconds precision. */
  checked_at: Timestamp,
})
export type CatalogCheck = z.infer<typeof CatalogCheck>

/** What adding an address would do. */
export const CatalogPreview = z.object({
  src: z.string(),
  /** Null when the address has no identity. */
  ref: z.string().nullable(),
  /** Null when it would be refused. */
  entry: z
    .object({
      name: z.string(),
      format: z.string().nullable(),
      arch: z.string().nullable(),
      size_bytes: z.number().nullable(),
      disk_image_sha: z.string().nullable(),
    })
    .nullable(),
  /** Why it would be refused; null when it would not. */
  error: z.string().nullable(),
  /** The row that has this image already. */
  duplicate: z.object({ name: z.string(), src: z.string() }).nullable(),
  origin: OriginState,
  checked_at: Timestamp,
})
export type CatalogPreview = z.infer<typeof CatalogPreview>

export const catalogRoutes = {
  importCatalog: {
    method: 'POST',
    path: '/catalog/import',
    access: 'operator',
    query: z.object({ source: z.string() }),
    output: CatalogImported,
    status: 200,
    summary: 'Import a catalog from a path on the server, file://, http(s):// or oras://',
  },
  fetchCatalog: {
    method: 'POST',
    path: '/api/catalog/fetch',
    access: 'operator',
    output: CatalogImported,
    status: 200,
    summary: 'Fetch and import the default catalog',
  },
  previewCatalogEntry: {
    method: 'POST',
    path: '/api/catalog/check',
    access: 'operator',
    body: CatalogAdd,
    output: CatalogPreview,
    status: 200,
    summary: 'What adding an image by URL would do; writes nothing',
  },
  checkCatalogEntry: {
    method: 'POST',
    path: '/api/catalog/entries/check',
    access: 'operator',
    body: z.strictObject({ src: z.string().min(1).max(8192) }),
    output: CatalogCheck,
    status: 200,
    summary: "Is an image's origin there, and does the cache have it",
  },
} as const satisfies Record<string, Route>
