import { readFileSync } from 'node:fs'

declare const BTY_VERSION: string | undefined

/** The version of this program: put in by the bundler, else read from package.json. */
export function version(): string {
  if (typeof BTY_VERSION === 'string') return BTY_VERSION
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
