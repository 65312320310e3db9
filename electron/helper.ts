/** How the desktop app starts the program that writes to disks: never as Electron, whose fuses forbid it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { helperCommand, here, type HelperCommand, type HelperMode } from '../server/desk/helper-command.ts'
import type { TerminalPrograms } from '../server/terminal/start.ts'

/** Node beside the app: its own in a package, npm's in a working copy. */
const NODES = ['node', 'node.exe', join('node_modules', 'node', 'bin', 'node')]
const HELPERS = [join('dist', 'agent', 'bty-helper.js'), join('flasher', 'bin', 'bty-helper.ts')]

/** `base`: the folder of the app's plain files. */
export function desktopHelper(
  base: string,
  mode: HelperMode = 'disks',
  exists: (path: string) => boolean = existsSync,
): HelperCommand | { problem: string } {
  const first = (names: readonly string[]) => names.map((name) => join(base, name)).find(exists)
  const node = first(NODES)
  const helper = first(HELPERS)
  if (node === undefined || helper === undefined)
    return {
      problem: `This installation lacks ${node === undefined ? 'Node' : 'bty-helper'}, which writes to disks. Install the app again, or flash with the bty command.`,
    }
  return helperCommand({ ...here(helper), node }, mode)
}

/** What terminals run: the same Node, and the `bty` command. */
export function desktopPrograms(
  base: string,
  exists: (path: string) => boolean = existsSync,
): TerminalPrograms {
  const node = NODES.map((name) => join(base, name)).find(exists)
  const bty = [join(base, 'dist', 'agent', 'bty.js'), join(base, 'flasher', 'bin', 'bty.ts')]
  const helper = HELPERS.map((name) => join(base, name))
  return node === undefined ? { node: 'node', bty: [] } : { node, bty, helper }
}
