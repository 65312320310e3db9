import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../apt.ts'
import { run } from '../run.ts'
import { AMD64, type Target } from '../target.ts'

const foldersOf = ({ libraryFolder }: Target): string[] => [
  `usr/lib/${libraryFolder}`,
  `usr/lib/${libraryFolder}/systemd`,
  'usr/lib',
]

/**
 * The shared libraries that programs of the unpacked `tree` load, as paths in the tree. They are read from the programs' headers, since a
 * machine that builds may not be able to run them. `tools` has readelf.
 */
export async function librariesOf(
  tree: string,
  programs: string[],
  { target, tools }: { target: Target; tools: string },
): Promise<string[]> {
  const [readelf, ...first] = commandIn(tools, 'usr/bin/readelf')
  const loader = target.loader.split('/').at(-1)!
  const found = new Set<string>()
  const queue = [...programs]
  for (let program = queue.shift(); program !== undefined; program = queue.shift()) {
    const text = await run(readelf, [...first, '--dynamic', '--wide', program])
    for (const [, name] of text.matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)) {
      if (name === loader) continue
      const path = await libraryNamed(tree, name!, target)
      if (path === null) throw new Error(`${program} needs ${name}, which no package of the recipe has`)
      if (found.has(path)) continue
      found.add(path)
      queue.push(join(tree, path))
    }
  }
  return [...found].sort()
}

async function libraryNamed(tree: string, name: string, target: Target): Promise<string | null> {
  for (const folder of foldersOf(target))
    if (await exists(join(tree, folder, name))) return `/${folder}/${name}`
  return null
}

/** The loader's file in the unpacked `tree`. */
export async function loaderOf(tree: string, { loader }: Target): Promise<string> {
  return realpath(join(tree, 'usr', loader))
}

/** Command that runs a program of the unpacked `tree` with the tree's own libraries; the machine's versions do not matter. */
export function commandIn(tree: string, program: string): [command: string, ...args: string[]] {
  const libraries = foldersOf(AMD64)
    .map((folder) => join(tree, folder))
    .join(':')
  return [join(tree, 'usr', AMD64.loader), '--library-path', libraries, join(tree, program)]
}
