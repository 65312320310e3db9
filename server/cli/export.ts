/** `bty-console export DEST`: the inventory bundle of the wire contract (7.3), also beside a server that runs. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BUNDLE_FILE } from '../backup/bundle.ts'
import { writeBundle } from '../backup/folder.ts'
import { timestamps } from '../store/clock.ts'
import { openInventory } from '../store/inventory.ts'
import { VERSION } from '../version.ts'
import type { CommandInput } from './commands.ts'
import { oneWord } from './words.ts'

export async function run({ args, config, print, now }: CommandInput): Promise<number> {
  const dest = oneWord(args, 'export DEST')
  const reader = openInventory(join(config.paths.stateDir, 'state.db'))
  const partial = join(dest, `.${BUNDLE_FILE}.partial`)
  try {
    await mkdir(dest, { recursive: true })
    const head = { exportedAt: timestamps(now)(), version: VERSION }
    const { machines } = await writeBundle(partial, head, reader.machines())
    await rename(partial, join(dest, BUNDLE_FILE))
    print(`bty-console export -> ${dest}: ${machines} machines`)
    return 0
  } finally {
    reader.close()
    await rm(partial, { force: true })
  }
}
