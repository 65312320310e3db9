import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../run.ts'

const FOLDERS = ['usr/lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu/systemd', 'usr/lib']
export const LOADER = '/lib64/ld-linux-x86-64.so.2'

/**
 * The shared libraries that programs of the unpacked `tree` load, as paths in the tree. The tree's own loader answers,
 * so neither the machine's libraries nor its tools matter.
 */
export async function librariesOf(tree: string, programs: string[]): Promise<string[]> {
  const loader = await realpath(join(tree, 'usr', LOADER))
  const search = FOLDERS.map((folder) => join(tree, folder)).join(':')
  const found = new Set<string>()
  for (const program of programs) {
    const text = await run(loader, ['--library-path', search, '--list', program])
    const missing = /^\s*(\S+) => not found/m.exec(text)
    if (missing !== null)
      throw new Error(`${program} needs ${missing[1]}, which no package of the recipe has`)
    for (const match of text.matchAll(/=> (\/\S+)/g)) if (match[1]!.startsWith(tree)) found.add(match[1]!)
  }
  return [...found].map((path) => path.slice(tree.length)).sort()
}

/** Command that runs a program of the unpacked `tree` with the tree's own libraries; the machine's versions do not matter. */
export function commandIn(tree: string, program: string): [command: string, ...args: string[]] {
  const libraries = FOLDERS.map((folder) => join(tree, folder)).join(':')
  return [join(tree, 'usr', LOADER), '--library-path', libraries, join(tree, program)]
}
