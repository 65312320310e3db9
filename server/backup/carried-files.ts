/** Text files that a full backup carries beside the database. Never image bytes. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { imageNames } from '../cache/names.ts'
import type { Config } from '../config/keys.ts'
import { joinToml, withoutSecrets } from './carried-toml.ts'

/** Name -> text. `bty.toml` and `catalog.toml` only where there are some. */
export type CarriedFiles = Partial<Record<'bty.toml' | 'catalog.toml' | 'images.json', string>>

/** `secrets`: leave password and session secret in bty.toml. @throws {Error} when a file cannot be read. */
export function carriedFiles(config: Config, secrets: boolean): CarriedFiles {
  const { values, paths } = config
  const texts = tomlFiles(config).map((path) => readFileSync(path, 'utf8'))
  const toml = texts.length === 0 ? null : joinToml(texts)
  const catalog = existsSync(paths.catalogFile) ? readFileSync(paths.catalogFile, 'utf8') : null
  const cacheDir = values['paths.cache_dir'] || join(paths.stateDir, 'cache')
  return {
    ...(toml !== null && { 'bty.toml': secrets ? toml : withoutSecrets(toml) }),
    ...(catalog !== null && { 'catalog.toml': catalog }),
    'images.json': `${JSON.stringify(imageNames(cacheDir), null, 2)}\n`,
  }
}

/** Files that settings were read from, the strongest last. */
function tomlFiles({ sources, candidates }: Config): string[] {
  const found = Object.values(sources).map((source) => /^toml\((.*)\)$/.exec(source)?.[1])
  const rank = (path: string) => candidates.findIndex((from) => from === path || from === dirname(path))
  return [...new Set(found.filter((path) => path !== undefined))]
    .filter((path) => existsSync(path))
    .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}
