import type Router from '@koa/router'
import type Koa from 'koa'
import { EditError } from '../../config/live.ts'
import { type Key, KEYS } from '../../config/keys.ts'
import { storeOverrides } from '../../settings/settings.ts'
import { wrongCadence, wrongRetention } from '../../settings/backup.ts'
import { TABLE } from '../../settings/table.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { readForm } from '../body.ts'
import { HttpError } from '../errors.ts'
import { seeOther } from '../redirect.ts'
import { changeConfig } from './settings.ts'

const PAGE = '/ui/settings'
const SECTIONS = new Set(Object.keys(KEYS).map((key) => key.split('.')[0]))

/** The form routes of the settings (wire contract 1.13), for plain HTTP clients. */
export function settingsFormRoutes(
  router: Router,
  deps: HttpDeps,
  kit: Kit,
  { config }: Pick<HttpOptions, 'config'>,
): void {
  const refuse = (ctx: Koa.Context, error: string) =>
    seeOther(ctx, `${PAGE}?${new URLSearchParams({ error }).toString()}`)

  router.post('/ui/settings/config/edit', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const field = (name: string) => (form.get(name) ?? '').trim()
    const key = `${field('section')}.${field('key')}`
    if (!SECTIONS.has(field('section'))) return refuse(ctx, 'unknown section')
    if (!Object.hasOwn(KEYS, key)) return refuse(ctx, 'unknown key')
    try {
      changeConfig(deps, kit, config, ctx, key as Key, field('value'))
    } catch (error) {
      if (!(error instanceof EditError)) throw error
      return refuse(ctx, ERRORS[error.code](key))
    }
    seeOther(ctx, `${PAGE}?saved=config`)
  })

  router.post('/ui/settings/upstream', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const field = (name: string) => (form.get(name) ?? '').trim() || null
    const values = {
      'upstream.netboot_repo': field('netboot_repo'),
      'upstream.netboot_tag': field('netboot_tag'),
      'upstream.catalog_url': field('catalog_url'),
    }
    const wrong = Object.entries(values).flatMap(([key, value]) =>
      value === null ? [] : (TABLE[key as keyof typeof values].wrong(value) ?? []),
    )
    if (wrong.length > 0) return refuse(ctx, wrong.join('; '))
    storeOverrides(deps, 'upstream', values, kit.ip(ctx))
    seeOther(ctx, `${PAGE}?saved=upstream`)
  })

  router.post('/ui/settings/backup', kit.page, async (ctx) => {
    const form = await readForm(ctx)
    const field = (name: string) => (form.get(name) ?? '').trim()
    const wrong = wrongCadence(field('backup_cadence')) ?? wrongRetention(field('backup_retention_count'))
    if (wrong !== null) throw new HttpError(422, wrong)
    const values = {
      'backup.enabled': (form.get('backup_enabled') ?? '') === '' ? '0' : '1',
      'backup.cadence': field('backup_cadence'),
      'backup.retention_count': String(Number(field('backup_retention_count'))),
    }
    storeOverrides(deps, 'backup', values, kit.ip(ctx))
    seeOther(ctx, `${PAGE}?saved=backup#backup-schedule`)
  })
}

/** Words that clients of the wire contract know. */
const ERRORS: Record<EditError['code'], (key: string) => string> = {
  'no-file': () => 'no writable bty.toml',
  env: (key) => `env override for ${key}`,
  flag: (key) => `flag override for ${key}`,
  invalid: (key) => `invalid value for ${key}`,
  write: (key) => `write failed ${key}`,
}
