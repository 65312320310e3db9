/** Every configuration key once: type, default and meaning (wire contract 5.2 and what this console adds). */
export const KEYS = {
  'admin.password': { type: 'text', fallback: 'bty-lab' },
  'server.host': { type: 'text', fallback: '0.0.0.0' },
  'server.port': { type: 'integer', fallback: 8080 },
  'server.trusted_proxy': { type: 'text', fallback: '' },
  'server.session_secret': { type: 'text', fallback: '' },
  /** Host, or host:port, that clients are told where the request does not say; for a server behind NAT. */
  'server.advertised_host': { type: 'text', fallback: '' },
  /** Empty: the place that fits the system, see state-dir.ts. */
  'paths.state_dir': { type: 'text', fallback: '' },
  'paths.boot_dir': { type: 'text', fallback: '' },
  'paths.backup_dir': { type: 'text', fallback: '' },
  'paths.catalog_file': { type: 'text', fallback: '' },
  'withcache.url': { type: 'text', fallback: '' },
  /** Docker config file with the logins of registries; empty looks where Docker does. */
  'registry.docker_config': { type: 'text', fallback: '' },
  /** Registries that may be asked without TLS: host[:port], parted by commas. */
  'registry.plain_http': { type: 'text', fallback: '' },
  'netboot.tftp_probe_host': { type: 'text', fallback: '' },
  'netboot.enabled': { type: 'switch', fallback: true },
  /** Names of interfaces, parted by commas; empty chooses. */
  'netboot.interfaces': { type: 'text', fallback: '' },
  /** On a network without an answer of the operator: ask, on or off. */
  'netboot.proxy_dhcp': { type: 'choice', fallback: 'ask', choices: ['ask', 'on', 'off'] },
  /** Version of the trio that boot scripts name; empty chooses the newest installed. */
  'netboot.version': { type: 'text', fallback: '' },
  /** Address before `/<owner>/<name>/releases/`, from which live media are fetched. */
  'netboot.release_base': { type: 'text', fallback: 'https://github.com' },
  'tuning.backup_max_parallel': { type: 'integer', fallback: 1 },
  'tuning.max_upload_bytes': { type: 'integer', fallback: 214_748_364_800 },
} as const satisfies Record<string, KeyInfo>

export type KeyInfo =
  | { type: 'text'; fallback: string }
  | { type: 'integer'; fallback: number }
  | { type: 'switch'; fallback: boolean }
  | { type: 'choice'; fallback: string; choices: readonly string[] }

export type Key = keyof typeof KEYS

type ValueOf<K extends Key> = (typeof KEYS)[K] extends { type: 'integer' }
  ? number
  : (typeof KEYS)[K] extends { type: 'switch' }
    ? boolean
    : (typeof KEYS)[K] extends { choices: readonly (infer C)[] }
      ? C
      : string

export type Values = { [K in Key]: ValueOf<K> }

/** What the process runs with. */
export interface Config {
  values: Values
  /** Where each value comes from: `default`, `toml(<path>)`, `env(<NAME>)` or `flag(<--name>)`. */
  sources: Record<Key, string>
  paths: { stateDir: string; bootDir: string; backupDir: string; catalogFile: string }
  /** Blank passwords mean the default one. */
  password: string
  defaultPassword: boolean
  maxUploadBytes: number
}

/** `server.port` as the environment names it: `BTY_SERVER_PORT`. */
export function envName(key: Key): string {
  return `BTY_${key.replace('.', '_').toUpperCase()}`
}
