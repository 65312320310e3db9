/** `bty-console restore FILE`: takes a full backup over as the state of this machine. */
import { existsSync } from 'node:fs'
import { restoreFullBackup } from '../backup/restore.ts'
import type { CommandInput } from './commands.ts'
import { oneWord } from './words.ts'

export async function run({ args, config, print, now }: CommandInput): Promise<number> {
  const { stateDir } = config.paths
  const file = oneWord(args, 'restore FILE')
  const { counts, backup_created_at, notes, moves } = await restoreFullBackup({
    file,
    paths: config.paths,
    now,
  })
  print(`restored into ${stateDir}: the state of ${backup_created_at}`)
  print(
    `${counts['machines']} machines, ${counts['catalog']} images, ${counts['settings']} settings, ${counts['events']} events`,
  )
  for (const note of notes) print(note)
  const aside = moves.filter((move) => existsSync(move.aside))
  if (aside.length > 0) print('What was there is kept. To undo, stop the console and:')
  for (const { aside: from, target } of aside) print(`  mv '${from}' '${target}'`)
  return 0
}
