/** `bty-console restore FILE`: takes a full backup over as the state of this machine. */
import { restoreFullBackup } from '../backup/restore.ts'
import { VERSION } from '../version.ts'
import type { CommandInput } from './commands.ts'
import { oneWord } from './words.ts'

export async function run({ args, config, print, now }: CommandInput): Promise<number> {
  const { stateDir } = config.paths
  const { asideAt, counts, createdAt } = await restoreFullBackup({
    file: oneWord(args, 'restore FILE'),
    stateDir,
    version: VERSION,
    now,
  })
  print(`restored into ${stateDir}: the state of ${createdAt}`)
  print(
    `${counts.machines} machines, ${counts.catalog} images, ${counts.settings} settings, ${counts.events} events`,
  )
  print('ProxyDHCP asks again on each network before it answers there; everybody signs in anew.')
  if (asideAt !== null)
    print(`What was there is kept. To undo: stop the console and move ${asideAt} to ${stateDir}/state.db`)
  return 0
}
