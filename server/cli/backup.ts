/** `bty-console backup FILE`: everything in one file, also beside a server that runs. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { carriedFiles } from '../backup/carried-files.ts'
import { writeFullFile } from '../backup/full.ts'
import { VERSION } from '../version.ts'
import type { CommandInput } from './commands.ts'
import { oneWord } from './words.ts'

export async function run({ args, config, print, now }: CommandInput): Promise<number> {
  const secrets = args.length === 2 && args[1] === 'with-secrets'
  const file = resolve(oneWord(secrets ? args.slice(0, 1) : args, 'backup FILE [with-secrets]'))
  if (existsSync(file)) throw new Error(`${file} is there already; choose another name`)
  const database = join(config.paths.stateDir, 'state.db')
  if (!existsSync(database))
    throw new Error(`${database} is not there; is ${config.paths.stateDir} the state directory?`)
  const { bytes, counts } = await writeFullFile(file, {
    database,
    version: VERSION,
    nowMs: now(),
    files: carriedFiles(config, secrets),
  })
  print(`${file}: ${bytes} bytes, read back and right`)
  print(
    `${counts.machines} machines, ${counts.catalog} images, ${counts.settings} settings, ${counts.events} events`,
  )
  print(
    secrets
      ? 'The password and session secret of bty.toml are in it: keep it as you keep them.'
      : 'No image bytes, no password, no session secret.',
  )
  return 0
}
