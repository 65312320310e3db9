/** `bty-console backup FILE`: everything in one file, also beside a server that runs. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeFullFile } from '../backup/full.ts'
import { VERSION } from '../version.ts'
import type { CommandInput } from './commands.ts'
import { oneWord } from './words.ts'

export async function run({ args, config, print, now }: CommandInput): Promise<number> {
  const file = resolve(oneWord(args, 'backup FILE'))
  const database = join(config.paths.stateDir, 'state.db')
  if (!existsSync(database))
    throw new Error(`${database} is not there; is ${config.paths.stateDir} the state directory?`)
  const { bytes, counts } = await writeFullFile(file, { database, version: VERSION, nowMs: now() })
  print(`${file}: ${bytes} bytes, read back and right`)
  print(
    `${counts.machines} machines, ${counts.catalog} images, ${counts.settings} settings, ${counts.events} events`,
  )
  return 0
}
