import type Koa from 'koa'
import { EditError } from '../../config/live.ts'
import { type Key, KEYS } from '../../config/keys.ts'
import { editConfig, settingsView, storeOverrides } from '../../settings/settings.ts'
import { TABLE, type TableKey } from '../../settings/table.ts'
import type { HttpDeps, HttpOptions, Kit } from '../kit.ts'
import { HttpError } from '../errors.ts'
import type { Handlers } from '../mount.ts'

type SettingsHandlers = Pick<
  Handlers,
  'settings' | 'saveConfigKey' | 'clearConfigKey' | 'saveOverride' | 'clearOverride'
>
const STATUS = { 'no-file': 409, env: 409, flag: 409, invalid: 422, write: 409 } as const

export function settingsHandlers(
  deps: HttpDeps,
  kit: Kit,
  { config }: Pick<HttpOptions, 'config'>,
): SettingsHandlers {
  const view = () => settingsView(deps, config)

  function change(ctx: Koa.Context, raw: string | number | boolean) {
    const key = keyOf(ctx, KEYS)
    try {
      changeConfig(deps, kit, config, ctx, key, raw)
    } catch (error) {
      if (!(error instanceof EditError)) throw error
      throw new HttpError(STATUS[error.code], error.message)
    }
    return view()
  }

  function override(ctx: Koa.Context, raw: string | number | boolean | null) {
    const key = keyOf(ctx, TABLE)
    const info: { wrong: (text: string) => string | null; internal?: boolean } = TABLE[key]
    if (info.internal) throw new HttpError(409, `${key} is written by the server alone`)
    const text = raw === null ? '' : typeof raw === 'boolean' ? (raw ? '1' : '0') : String(raw).trim()
    const wrong = text === '' ? null : info.wrong(text)
    if (wrong !== null) throw new HttpError(422, wrong)
    storeOverrides(deps, key.split('.')[0] as 'upstream', { [key]: text || null }, kit.ip(ctx))
    return view()
  }

  return {
    settings: view,
    saveConfigKey: ({ ctx, body }) => change(ctx, body.value),
    clearConfigKey: ({ ctx }) => change(ctx, ''),
    saveOverride: ({ ctx, body }) => override(ctx, body.value),
    clearOverride: ({ ctx }) => override(ctx, null),
  }
}

/** An edit, and what it means for who is signed in: a new password ends every other session. @throws {EditError} */
export function changeConfig(
  deps: HttpDeps,
  kit: Kit,
  config: HttpOptions['config'],
  ctx: Koa.Context,
  key: Key,
  raw: string | number | boolean,
): void {
  const before = config.current().password
  editConfig(deps, config, key, raw, kit.ip(ctx))
  if (config.current().password === before) return
  for (const id of deps.store.sessions.deleteOthers(kit.sessions.id(ctx))) deps.hub.endSession(id)
}

function keyOf<K extends Key | TableKey>(ctx: Koa.Context, keys: Record<K, unknown>): K {
  const key = (ctx['params'] as Record<string, string>)['key']!
  if (!Object.hasOwn(keys, key)) throw new HttpError(404, `there is no setting ${key}`)
  return key as K
}
