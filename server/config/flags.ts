import { parseArgs } from 'node:util'
import type { Key } from './keys.ts'
import type { ConfigInput } from './load.ts'

export interface Flags extends Pick<ConfigInput, 'files' | 'flags'> {
  /** A command and its words; empty to serve. */
  words: string[]
  /** A command prints JSON. */
  json: boolean
  /** A command reads everything, however long it takes. */
  deep: boolean
  help: boolean
  version: boolean
}

/** Reads the console's command line. Throws an error whose code starts with `ERR_PARSE_ARGS` on what it does not know. */
export function readFlags(args: readonly string[]): Flags {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'state-dir': { type: 'string' },
      config: { type: 'string', multiple: true },
      'no-netboot': { type: 'boolean' },
      json: { type: 'boolean' },
      deep: { type: 'boolean' },
      headless: { type: 'boolean' },
      version: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const flags: Partial<Record<Key, string | boolean>> = {
    ...(values.host !== undefined && { 'server.host': values.host }),
    ...(values.port !== undefined && { 'server.port': values.port }),
    ...(values['state-dir'] !== undefined && { 'paths.state_dir': values['state-dir'] }),
    ...(values['no-netboot'] && { 'netboot.enabled': false }),
  }
  return {
    words: positionals,
    flags,
    files: values.config,
    json: values.json === true,
    deep: values.deep === true,
    help: values.help === true,
    version: values.version === true,
  }
}
