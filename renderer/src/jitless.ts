/** The page's CSP forbids `eval`; zod must not even try it. Imported before any schema. */
import { config } from 'zod'

config({ jitless: true })
