/**
 * Search, order and pages of lists (wire contract, 10). Without these parameters a list answers as it always did; with
 * any of them the answer carries `X-Total-Count`, and with `page` or `per_page` also `X-Page`, `X-Per-Page`, `X-Pages`.
 */
import { z } from 'zod'

export const PER_PAGE = [10, 25, 50, 100] as const

export const MACHINE_SORTS = [
  'mac',
  'bty_image_ref',
  'boot_mode',
  'last_seen_at',
  'last_seen_ip',
  'last_flashed_at',
] as const
export type MachineSort = (typeof MACHINE_SORTS)[number]

export const IMAGE_SORTS = ['name', 'sha256', 'format', 'arch', 'ref'] as const
export type ImageSort = (typeof IMAGE_SORTS)[number]

/** What is no number of a page is none; what is no size on offer is the first one. */
const word = z.string().optional()
export const listQuery = {
  /** Substring, letters of either case; `%` and `_` stand for themselves. */
  q: z.string().max(256).optional(),
  sort: word,
  dir: word,
  page: word,
  per_page: word,
}

export const ImageListQuery = z.object(listQuery)
export const MachineListQuery = z.object({
  ...listQuery,
  /** `discovered`: no image is assigned; `assigned`: one is. Anything else: all. */
  filter: word,
})
export type ListQuery = z.infer<typeof ImageListQuery>

/** What a list query asks for, every odd value replaced by its default. */
export interface ListWish<Sort extends string> {
  q: string
  /** Null where no order was asked for. */
  sort: Sort | null
  descending: boolean
  /** Null: everything on one page. */
  paged: { page: number; perPage: number } | null
}

/** Reads a list query. Pure; never fails. */
export function listWish<Sort extends string>(
  query: ListQuery,
  sorts: readonly Sort[],
  descendingByDefault = false,
): ListWish<Sort> {
  const perPage = PER_PAGE.find((size) => String(size) === query.per_page) ?? PER_PAGE[0]
  const page = /^\d{1,9}$/.test(query.page ?? '') ? Math.max(1, Number(query.page)) : 1
  return {
    q: query.q ?? '',
    sort: sorts.find((sort) => sort === query.sort) ?? null,
    descending: query.dir === 'desc' || (descendingByDefault && query.dir !== 'asc'),
    paged: query.page === undefined && query.per_page === undefined ? null : { page, perPage },
  }
}

export interface PageBounds {
  page: number
  pages: number
  offset: number
  limit: number
}

/** The page asked for, kept within 1 and the last one. An empty list has one page. Pure. */
export function pageBounds(total: number, paged: ListWish<string>['paged']): PageBounds {
  if (paged === null) return { page: 1, pages: 1, offset: 0, limit: total }
  const pages = Math.max(1, Math.ceil(total / paged.perPage))
  const page = Math.min(paged.page, pages)
  return { page, pages, offset: (page - 1) * paged.perPage, limit: paged.perPage }
}
