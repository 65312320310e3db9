/**
 * Keeps compiled code beside the sources, of every file that is imported after this one: half the time of a start, and
 * the compiler of type stripping, 15 MiB, is not held in memory. JavaScript, because that compiler is what it saves.
 * Whoever can write to the folder can write the sources; where it takes no files nothing is kept.
 */
import module from 'node:module'
import { join } from 'node:path'

const FLUSH_MS = 5000

module.enableCompileCache?.(join(import.meta.dirname, '..', 'dist', 'code-cache'))
// Written at a clean end too, but a server seldom has one.
setTimeout(() => module.flushCompileCache?.(), FLUSH_MS).unref()
