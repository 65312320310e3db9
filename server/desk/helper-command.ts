import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { HelperStart } from '../../flasher/helper/client.ts'

export type HelperCommand = Pick<HelperStart, 'command' | 'args' | 'env'>

export interface Surroundings {
  platform: NodeJS.Platform
  isRoot: boolean
  /** Absolute path of a program, or null. */
  find: (program: string) => string | null
  /** Node, and the helper's file. */
  node: string
  helper: string
}

/** How the helper gets its rights here, or why it cannot, with the next step. Pure. */
export function helperCommand(here: Surroundings): HelperCommand | { problem: string } {
  const { node, helper } = here
  if (here.isRoot) return { command: node, args: [helper] }
  if (here.platform !== 'linux')
    return {
      problem: 'This console was not started with the rights to write to disks. Start it as administrator.',
    }
  const pkexec = here.find('pkexec')
  if (pkexec === null)
    return {
      problem:
        'Writing to disks needs root, and pkexec, which would ask for it, is not installed. Install polkit, or start the console with sudo.',
    }
  return { command: pkexec, args: [node, helper] }
}

/** The machine that this process runs on. */
export function here(helper: string): Surroundings {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    node: process.execPath,
    helper,
    find(program) {
      const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir.startsWith('/'))
      return dirs.map((dir) => join(dir, program)).find(isExecutable) ?? null
    },
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The helper's file below the console's folder: its source, or in a package, which carries none, the bundle. */
export function helperFile(root: string): string {
  const source = join(root, 'flasher', 'bin', 'bty-helper.ts')
  return existsSync(source) ? source : join(root, 'dist', 'agent', 'bty-helper.js')
}
