import type { ConfigInput } from './load.ts'

/** Every configuration key once: type, default and meaning (wire contract 5.2 and what this console adds). */
export const KEYS = {
  'admin.password': {
    type: 'text',
    fallback: 'bty-lab',
    secret: true,
    live: true,
    help: 'Password of the operator. The console answers other machines only once it is not the default one.',
  },
  'server.host': { type: 'text', fallback: '0.0.0.0', means: 'host', help: 'Address to listen on.' },
  'server.port': { type: 'integer', fallback: 8080, range: [1, 65535], help: 'TCP port of the console.' },
  'server.trusted_proxy': {
    type: 'text',
    fallback: '',
    live: true,
    help: 'Any value: a reverse proxy stands in front, and X-Forwarded-For names the client. Set it only then.',
  },
  'server.session_secret': {
    type: 'text',
    fallback: '',
    secret: true,
    help: 'Key that signs session cookies. Empty: one is made and kept in the state directory.',
  },
  'server.advertised_host': {
    type: 'text',
    fallback: '',
    means: 'host:port',
    live: true,
    help: 'Host, or host:port, that clients are told where their request does not say; for a server behind NAT.',
  },
  'paths.state_dir': {
    type: 'text',
    fallback: '',
    help: 'Folder of the database and all else that is kept. Empty: the place that fits the system.',
  },
  'paths.boot_dir': {
    type: 'text',
    fallback: '',
    help: 'Folder of boot files. Empty: boot in the state directory.',
  },
  'paths.backup_dir': {
    type: 'text',
    fallback: '',
    help: 'Folder of backups. Empty: backups in the state directory.',
  },
  'paths.catalog_file': {
    type: 'text',
    fallback: '',
    help: 'The catalog manifest. Empty: catalog.toml in the state directory.',
  },
  'paths.cache_dir': {
    type: 'text',
    fallback: '',
    help: 'Folder of cached images. Empty: cache in the state directory.',
  },
  'cache.mode': {
    type: 'choice',
    fallback: 'embedded',
    choices: ['embedded', 'off'],
    help: 'The cache of this console. With off, machines fetch from the origin, or from the cache of withcache.url.',
  },
  'cache.max_bytes': {
    type: 'text',
    fallback: '0',
    means: 'size',
    help: 'Most bytes of cached images: a number, or one with K, M, G or T. 0: what the disk gives, less 10 GiB or a tenth of it.',
  },
  'cache.auto_fetch': {
    type: 'switch',
    fallback: false,
    help: 'The cache also fetches what no catalog entry and no pin names, for anyone on the network.',
  },
  'cache.max_downloads': {
    type: 'integer',
    fallback: 4,
    range: [1, 64],
    help: 'Images that the cache fetches from their origins at once; further ones wait.',
  },
  'withcache.url': {
    type: 'text',
    fallback: '',
    means: 'url',
    live: true,
    help: 'Address of an external withcache.',
  },
  'registry.docker_config': {
    type: 'text',
    fallback: '',
    live: true,
    help: 'Docker config file with the logins of registries. Empty: looked for where Docker keeps it.',
  },
  'registry.plain_http': {
    type: 'text',
    fallback: '',
    means: 'names',
    live: true,
    help: 'Registries that may be asked without TLS: host or host:port, parted by commas.',
  },
  'netboot.tftp_probe_host': {
    type: 'text',
    fallback: '',
    means: 'host',
    help: 'Host whose TFTP server is probed. Empty: chosen by the server.',
  },
  'netboot.enabled': { type: 'switch', fallback: true, help: 'Answer TFTP and ProxyDHCP.' },
  'netboot.interfaces': {
    type: 'text',
    fallback: '',
    means: 'names',
    live: true,
    help: 'Names of the interfaces to answer on, parted by commas. Empty: chosen by the server.',
  },
  'netboot.proxy_dhcp': {
    type: 'choice',
    fallback: 'ask',
    choices: ['ask', 'on', 'off'],
    live: true,
    help: 'ProxyDHCP on a network about which the operator has not been asked.',
  },
  'netboot.secure_boot': {
    type: 'choice',
    fallback: 'auto',
    choices: ['auto', 'always', 'never'],
    live: true,
    help: 'Whether UEFI machines get the signed boot programs (shim and GRUB) instead of iPXE: auto, where the firmware has fetched iPXE and not started it.',
  },
  'netboot.version': {
    type: 'text',
    fallback: '',
    live: true,
    help: 'Version of the live media that boot scripts name. Empty: the newest installed.',
  },
  'netboot.release_base': {
    type: 'text',
    fallback: 'https://github.com',
    means: 'url',
    help: 'Address before /OWNER/NAME/releases/, from which live media are fetched.',
  },
  'events.keep_per_machine': {
    type: 'integer',
    fallback: 200,
    live: true,
    help: 'Newest rows of the audit log that stay for each machine, of each kind that every boot writes again or a machine reports. Below 1: the default.',
  },
  'events.keep_rows': {
    type: 'integer',
    fallback: 1_000_000,
    live: true,
    help: 'Rows of the whole audit log beyond which the oldest of such kinds go, and nothing else. Below 1: the default.',
  },
  'machines.keep_discovered': {
    type: 'integer',
    fallback: 20_000,
    live: true,
    help: 'Machines that stay although no operator touched them and no plan told them to flash: so many that told nothing, as many that reported hardware, as many that reported a flash, as many with a failure that nobody acknowledged. Beyond, those seen longest ago are forgotten. Below 1: the default.',
  },
  'terminal.shell': {
    type: 'switch',
    fallback: false,
    live: true,
    help: 'Offer a shell on the Terminal page, to the person at this machine only.',
  },
  'updates.check': {
    type: 'switch',
    fallback: true,
    live: true,
    help: 'Ask once a day whether a newer version of this console has been released. Nothing is sent but the request, and nothing is installed.',
  },
  'updates.repo': {
    type: 'text',
    fallback: '',
    live: true,
    help: 'Repository OWNER/NAME whose releases are asked for, below netboot.release_base. Empty: the one in which this package was built; a working copy asks nobody.',
  },
  'tuning.backup_max_parallel': { type: 'integer', fallback: 1, help: 'Backups that may run at once.' },
  'tuning.max_upload_bytes': {
    type: 'integer',
    fallback: 214_748_364_800,
    help: 'Largest upload of a boot file, in bytes.',
  },
} as const satisfies Record<string, KeyInfo>

interface Common {
  /** What it is for, one or two sentences; shown on the settings page and in docs/settings.md. */
  help: string
  /** A change counts at once; without it after a restart. */
  live?: boolean
  /** Never shown, logged or sent. */
  secret?: boolean
}

export type KeyInfo = Common &
  (
    | { type: 'text'; fallback: string; means?: 'host' | 'host:port' | 'url' | 'names' | 'size' }
    | { type: 'integer'; fallback: number; range?: readonly [least: number, most: number] }
    | { type: 'switch'; fallback: boolean }
    | { type: 'choice'; fallback: string; choices: readonly string[] }
  )

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
  /** What it was read from; reading it again shows later edits of the files. */
  origin: ConfigInput
  /** Files and folders that were searched, the strongest last, also those that are not there. */
  candidates: readonly string[]
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
