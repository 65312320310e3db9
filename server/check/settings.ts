/** Checks of settings: those that the server would refuse to use when it comes to them. Pure. */
import { releaseBase } from '../artifacts/release.ts'
import { parseSize } from '../cache/size.ts'
import type { Config, Key } from '../config/keys.ts'
import { effective, TABLE, type TableKey } from '../settings/table.ts'
import { type Finding, oneLine, reporter } from './finding.ts'

const { ok, advice, problem } = reporter('settings')

/** Keys whose value only the part that uses it can judge. */
const JUDGED: Partial<Record<Key, (text: string) => boolean>> = {
  'cache.max_bytes': (text) => parseSize(text) !== null,
  'netboot.release_base': (text) => releaseBase(text) !== null,
}

export function checkSettings(stored: Readonly<Record<string, string>>, config: Config): Finding[] {
  const overrides = (Object.keys(TABLE) as TableKey[]).flatMap((key) => {
    const { error, layer } = effective(key, stored[key] ?? null, config)
    if (error === null) return []
    const next =
      layer === 'override'
        ? 'correct it on the settings page, or clear it there'
        : layer === 'env'
          ? 'correct the environment variable'
          : `correct ${key} in ${config.sources['withcache.url']}`
    return [problem(`${key}: ${oneLine(error)}`, next)]
  })
  const judged = (Object.entries(JUDGED) as [Key, (text: string) => boolean][]).flatMap(([key, isGood]) => {
    const value = String(config.values[key])
    if (isGood(value)) return []
    return [
      problem(
        `${key} is ${JSON.stringify(oneLine(value))}, which it cannot be`,
        `correct ${config.sources[key]}`,
      ),
    ]
  })
  const wrong = [...overrides, ...judged]
  const found = wrong.length > 0 ? wrong : [ok('every value can be used')]
  if (config.defaultPassword)
    found.push(
      advice('the operator password is the default one', 'set admin.password to operate from other machines'),
    )
  return found
}
