import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { HelperStart } from '../../flasher/helper/client.ts'
import type { HelperMode } from '../../flasher/helper/messages.ts'

export type { HelperMode }
export type HelperCommand = Pick<HelperStart, 'command' | 'args' | 'env'>

/** A function where it depends on what the helper is for. */
export type HelperChoice =
  HelperCommand | { problem: string } | ((mode: HelperMode) => HelperCommand | { problem: string })

export interface Surroundings {
  platform: NodeJS.Platform
  isRoot: boolean
  /** Absolute path of a program, or null. */
  find: (program: string) => string | null
  /** Node, and the helper's file. */
  node: string
  helper: string
  /** The helper as a package installed it, owned by root: what the polkit policy names. Null without one. */
  installed?: string | null
}

/** How a helper gets its rights here, or why it cannot, with the next step. Pure. */
export function helperCommand(
  here: Surroundings,
  mode: HelperMode = 'disks',
): HelperCommand | { problem: string } {
  const { node, helper } = here
  const flag = `--${mode}` // the first, by which polkit tells what is asked for
  if (here.isRoot) return { command: node, args: [helper, flag] }
  if (here.platform === 'darwin') return { command: node, args: [helper, flag, '--elevate', 'macos'] }
  if (here.platform === 'win32') return { command: node, args: [helper, flag, '--elevate', 'windows'] }
  if (here.platform !== 'linux')
    return {
      problem: 'This console was not started with the rights to write to disks. Start it as administrator.',
    }
  const pkexec = here.find('pkexec')
  if (pkexec === null)
    return {
      problem:
        'Writing to disks needs root, and pkexec, which would ask for it, is not installed. Start “Rights for disks” on the Terminal page, install polkit, or start the console with sudo.',
    }
  // By its installed name polkit knows it, and asks in the words of our policy.
  return { command: pkexec, args: here.installed ? [here.installed, flag] : [node, helper, flag] }
}

/** The machine that this process runs on. */
export function here(helper: string): Surroundings {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    node: process.execPath,
    helper,
    installed: installedHelper(),
    find(program) {
      const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir.startsWith('/'))
      return dirs.map((dir) => join(dir, program)).find(isExecutable) ?? null
    },
  }
}

/** Anything that others than root can change must not be started as root by that name. */
function installedHelper(path = '/usr/bin/bty-helper'): string | null {
  const info = statSync(path, { throwIfNoEntry: false })
  return info?.isFile() && info.uid === 0 && (info.mode & 0o022) === 0 ? path : null
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
