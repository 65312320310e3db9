/**
 * Keeps compiled code beside the sources, of every file that is imported after this one: half the time of a start, and
 * the compiler of type stripping, 15 MiB, is not held in memory. JavaScript, because that compiler is what it saves.
 * Whoever can write to the folder can write the sources; where it takes no files nothing is kept.
 *
 * One folder for this version on this Node; those of others are removed, and its own when it has gathered too much of
 * files that were renamed since.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'

const FLUSH_MS = 5000
/** Several times what a full set of sources and packages has. */
const MAX_FILES = 5000

const root = join(import.meta.dirname, '..')
const cache = join(root, 'dist', 'code-cache')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const name = `${version}-node-${process.versions.node}`
clean()

module.enableCompileCache?.(join(cache, name))
// Written at a clean end too, but a server seldom has one.
setTimeout(() => module.flushCompileCache?.(), FLUSH_MS).unref()

/** Another server of this version that is running loses nothing but time: what it finds gone it compiles. */
function clean() {
  try {
    const others = readdirSync(cache).filter((other) => other !== name)
    for (const other of others) rmSync(join(cache, other), { recursive: true, force: true })
    const own = join(cache, name)
    if (readdirSync(own, { recursive: true }).length > MAX_FILES)
      rmSync(own, { recursive: true, force: true })
  } catch {
    // Nothing is kept yet, or the folder is not ours to change.
  }
}
