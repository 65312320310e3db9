import { envName, type Key, type KeyInfo, KEYS } from '../server/config/keys.ts'
import { TABLE } from '../server/settings/table.ts'

interface Override {
  fallback: string | null
  help: string
  env?: string
  config?: string
}

/** `docs/settings.md`: every key of the configuration and of the settings table. */
export function settingsPage(): string {
  const keys = (Object.entries(KEYS) as [Key, KeyInfo][]).map(
    ([key, info]) =>
      `| \`${key}\` | ${typeOf(info)} | ${code(info.fallback)} | \`${envName(key)}\` | ${info.live ? 'at once' : 'after a restart'} | ${info.help} |`,
  )
  const overrides = (Object.entries(TABLE) as [string, Override][]).map(
    ([key, { fallback, help, env, config }]) =>
      `| \`${key}\` | ${code(fallback ?? '')} | ${below(config, env)} | ${help} |`,
  )
  return `${HEAD}
| key | type | default | environment | a change counts | meaning |
| --- | --- | --- | --- | --- | --- |
${keys.join('\n')}
${MIDDLE}
| key | default | below it | meaning |
| --- | --- | --- | --- |
${overrides.join('\n')}
`
}

function typeOf(info: KeyInfo): string {
  if (info.type === 'choice') return info.choices.map((choice) => `\`${choice}\``).join(', ')
  return info.type === 'switch' ? '`true`, `false`' : info.type === 'integer' ? 'whole number' : 'text'
}

function code(value: string | number | boolean): string {
  return value === '' ? '-' : `\`${value}\``
}

function below(config: string | undefined, env: string | undefined): string {
  return config !== undefined ? `key \`${config}\`` : env !== undefined ? `\`${env}\`` : '-'
}

const HEAD = `# Settings

Made by \`npm run docs\` from \`server/config/keys.ts\` and \`server/settings/table.ts\`; edit there.

A value comes from, the later one winning: the default, \`bty.toml\` files, \`BTY_<SECTION>_<KEY>\` in the environment, a command-line
flag. \`bty-console show-config\` prints each value with its source; secrets are masked.

Files, the later one winning key by key: \`/etc/bty/conf.d/*.toml\`, \`/etc/bty/bty.toml\`, \`<state dir>/bty.toml\`. \`BTY_CONFIG_FILE\` and
\`BTY_CONFIG_DIR\` replace that search, \`--config PATH\` (a file or a folder, may be repeated) replaces both, for the whole run. An edit from
the console goes to the strongest file that is there or can be made, changes that key alone and keeps comments, order and
quotes; an edit that could not do so is refused. A folder is never written to.

## Keys of bty.toml
`

const MIDDLE = `
Environment alone: \`BTY_BOOT_RELEASE_REPO\` (repository of the live media), \`BTY_BOOT_SEED_DIR\` (files copied into the boot folder
where they are missing), \`BTY_CONFIG_FILE\`, \`BTY_CONFIG_DIR\`.

## Keys of the settings table

Kept in the database and changed in the console; a stored value wins over what stands below it. A stored value that cannot be used
is shown with its error.
`
