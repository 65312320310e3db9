/** The pages of `docs/` that are made from the code: file -> text. */
import { RAW_ROUTES } from '../server/api/raw-routes.ts'
import { ROUTES } from '../server/api/index.ts'
import { httpApiPage } from './http-api/page.ts'

export const PAGES: Record<string, () => string> = {
  'docs/http-api.md': () => httpApiPage(ROUTES, RAW_ROUTES),
}
