/** `bty-console import SRC`: takes the machines of an inventory bundle over (wire contract 7.3). */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BUNDLE_FILE, MAX_BUNDLE_BYTES, parseBundle } from '../backup/bundle.ts'
import { openStore } from '../store/open.ts'
import { VERSION } from '../version.ts'
import type { CommandInput } from './commands.ts'
import { oneWord } from './words.ts'

export async function run({ args, config, print, now }: CommandInput): Promise<number> {
  const file = join(oneWord(args, 'import SRC'), BUNDLE_FILE)
  const { size } = await stat(file)
  if (size > MAX_BUNDLE_BYTES) throw new Error(`${file} has ${size} bytes; the limit is ${MAX_BUNDLE_BYTES}`)
  const machines = parseBundle(await readFile(file, 'utf8'))
  const store = openStore({ dir: config.paths.stateDir, version: VERSION, now })
  try {
    store.inventory.replace(machines)
  } finally {
    store.close()
  }
  print(`bty-console import: ${machines.length} machines (as bty-inventory)`)
  return 0
}
