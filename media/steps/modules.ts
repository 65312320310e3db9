import { MODULES, MODULES_LEFT_OUT } from '../recipe.ts'

const ENDING = /\.ko(?:\.(?:xz|zst|gz))?$/

/** Whether the recipe names a module itself. `path` is relative to the module tree. */
export function isWanted(path: string, wanted = MODULES, leftOut = MODULES_LEFT_OUT): boolean {
  const stem = path.replace(ENDING, '')
  const under = (entry: string) => (entry.endsWith('/') ? stem.startsWith(entry) : stem === entry)
  return ENDING.test(path) && wanted.some(under) && !leftOut.some(under)
}

/** `modules.dep` as a table: module -> the modules it needs. */
export function readDependencies(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line.includes(':'))
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [
        line.slice(0, colon),
        line
          .slice(colon + 1)
          .split(' ')
          .filter(Boolean),
      ]
    }),
  )
}

/** The modules that the recipe names and all that they need. */
export function chooseModules(dependencies: Map<string, string[]>, wanted = MODULES): string[] {
  const chosen = new Set<string>()
  const add = (path: string): void => {
    if (chosen.has(path)) return
    chosen.add(path)
    for (const needed of dependencies.get(path) ?? []) add(needed)
  }
  for (const path of dependencies.keys()) if (isWanted(path, wanted)) add(path)
  return [...chosen].sort()
}

/** The firmware files that a module names, from its uncompressed text. */
export function firmwareOf(module: Buffer): string[] {
  // .modinfo holds zero-terminated `key=value` texts.
  return [...module.toString('latin1').matchAll(/(?:^|\0)firmware=([^\0]+)(?=\0)/g)].map((match) => match[1]!)
}

/** A matcher for a firmware name, in which a module may write `*`. */
export function firmwarePattern(name: string): RegExp {
  const escaped = name.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')
  return new RegExp(`^${escaped}$`)
}
