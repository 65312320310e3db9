/** The pages of `docs/` that are made from the code: file -> text. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RAW_ROUTES } from '../server/api/raw-routes.ts'
import { ROUTES } from '../server/api/index.ts'
import { withCauses } from './netboot-page.ts'
import { httpApiPage } from './http-api/page.ts'
import { settingsPage } from './settings-page.ts'

const NETBOOT = join(import.meta.dirname, '..', 'docs', 'netboot.md')

export const PAGES: Record<string, () => string> = {
  'docs/netboot.md': () => withCauses(readFileSync(NETBOOT, 'utf8')),
  'docs/http-api.md': () => httpApiPage(ROUTES, RAW_ROUTES),
  'docs/settings.md': settingsPage,
}
