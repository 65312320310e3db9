import type Koa from 'koa'
import type { ListWish, PageBounds } from '../api/lists.ts'

/** Totals of a list (see server/api/lists.ts). A list that was asked for without list parameters says nothing. */
export function listHeaders(
  ctx: Koa.Context,
  { paged }: ListWish<string>,
  { total, page, pages, isTotalCapped = false }: PageBounds & { total: number; isTotalCapped?: boolean },
): void {
  const asked = ['q', 'sort', 'dir', 'page', 'per_page', 'filter'].some((name) => name in ctx.query)
  if (!asked) return
  ctx.set('X-Total-Count', String(total))
  if (isTotalCapped) ctx.set('X-Total-Capped', '1')
  if (paged === null) return
  ctx.set('X-Page', String(page))
  ctx.set('X-Per-Page', String(paged.perPage))
  ctx.set('X-Pages', String(pages))
}
