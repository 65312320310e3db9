import type { TerminalProgram } from '../api/index.ts'
import type { Surroundings } from '../desk/helper-command.ts'

export interface TerminalCommand {
  file: string
  /** A function where asking for them begins something. */
  args: string[] | (() => string[])
}

export interface CommandOptions extends Pick<Surroundings, 'platform' | 'isRoot' | 'find' | 'node'> {
  /** The file of the `bty` command; null where this installation has none. */
  bty: string | null
  /** The setting `terminal.shell`. */
  shellAllowed: boolean
  env: NodeJS.ProcessEnv
  /** Expects the helper that writes to disks, and gives its command; null where there is no such helper. */
  rights: (() => string[]) | null
  /** Catalog of this console. */
  catalogUrl: string
}

/** What a terminal runs, or why it cannot, with the next step. Pure. */
export function terminalCommand(
  program: TerminalProgram,
  options: CommandOptions,
): TerminalCommand | { problem: string } {
  if (program === 'wizard') return wizardCommand(options)
  return program === 'rights' ? rightsCommand(options) : shellCommand(options)
}

function wizardCommand(options: CommandOptions): TerminalCommand | { problem: string } {
  const { platform, isRoot, find, node, bty, catalogUrl } = options
  if (bty === null) return { problem: 'This installation lacks the bty command. Install the console again.' }
  const args = [bty, '--catalog', catalogUrl]
  if (isRoot || platform === 'win32') return { file: node, args }
  const sudo = find('sudo')
  if (sudo === null)
    return {
      problem:
        'Writing to disks needs root, and sudo, which would ask for the password in the terminal, is not installed. Install sudo, or flash on the Flash page.',
    }
  return { file: sudo, args: ['--', node, ...args] }
}

function rightsCommand({
  platform,
  isRoot,
  find,
  rights,
}: CommandOptions): TerminalCommand | { problem: string } {
  if (isRoot) return { problem: 'Not needed: this console runs with the rights to write to disks.' }
  if (platform === 'win32')
    return { problem: 'Not needed: Windows asks in a window of its own when a flash starts.' }
  const sudo = find('sudo')
  if (rights === null || sudo === null)
    return { problem: 'sudo, which would ask for the password, is not installed.' }
  return { file: sudo, args: () => ['--', ...rights()] }
}

function shellCommand({
  platform,
  shellAllowed,
  env,
  find,
}: CommandOptions): TerminalCommand | { problem: string } {
  if (!shellAllowed)
    return {
      problem: 'A shell is not offered: the setting terminal.shell is off. Switch it on to use one here.',
    }
  if (platform === 'win32') return { file: 'powershell.exe', args: ['-NoLogo'] }
  const own = env['SHELL'] ?? ''
  const file = own.startsWith('/') ? own : (find('bash') ?? '/bin/sh')
  return { file, args: [] }
}

/** What a terminal's program must not inherit: how npm, Electron and this console were started, and their secrets. */
export function terminalEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(?:npm_|ELECTRON_|BTY_|NODE_|INIT_CWD$|INVOCATION_ID$)/i.test(name),
  )
  return { ...Object.fromEntries(kept), TERM: 'xterm-256color', COLORTERM: 'truecolor' }
}
