import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveConfig } from '../config/live.ts'
import type { Deps } from '../deps.ts'
import { here } from '../desk/helper-command.ts'
import type { HelperDoor } from '../desk/helper-door.ts'
import { terminalCommand } from './command.ts'
import { loadPty } from './pty.ts'
import { createTerminals, type Terminals, type TerminalsOptions } from './terminals.ts'

/** Programs of ours that a terminal runs. */
export interface TerminalPrograms {
  node: string
  /** Candidates for the file of the `bty` command, the best first. */
  bty: readonly string[]
  /** The same of the helper. */
  helper?: readonly string[]
}

/** Those of a working copy under `root`. */
export const ownPrograms = (root: string): TerminalPrograms => ({
  node: process.execPath,
  bty: [join(root, 'flasher', 'bin', 'bty.ts'), join(root, 'dist', 'agent', 'bty.js')],
  helper: [join(root, 'flasher', 'bin', 'bty-helper.ts'), join(root, 'dist', 'agent', 'bty-helper.js')],
})

export interface StartTerminals extends Partial<Pick<TerminalsOptions, 'load' | 'command' | 'unreadMs'>> {
  programs: TerminalPrograms
}

/** The terminals of the running console. `port`: where its catalog is. */
export function startTerminals(
  deps: Pick<Deps, 'store'>,
  config: LiveConfig,
  port: () => number,
  door: Pick<HelperDoor, 'fromTerminal'>,
  { programs, load = loadPty, ...more }: StartTerminals,
): Terminals {
  const { node } = programs
  const helper = () => programs.helper?.find((path) => existsSync(path)) ?? null
  const { platform, isRoot, find } = here('')
  const rightsBy = (helper: string | null) =>
    helper === null ? null : () => door.fromTerminal({ node, helper })
  return createTerminals({
    load,
    command: (program) =>
      terminalCommand(program, {
        platform,
        isRoot,
        find,
        node,
        rights: rightsBy(helper()),
        bty: programs.bty.find((path) => existsSync(path)) ?? null,
        shellAllowed: config.current().values['terminal.shell'],
        env: process.env,
        catalogUrl: `http://127.0.0.1:${port()}/catalog.toml`,
      }),
    onOpen: (program) =>
      deps.store.durable(() =>
        deps.store.events.add({
          kind: 'desk.terminal.opened',
          subject_kind: null,
          subject_id: null,
          actor: 'operator',
          source_ip: null,
          summary: `Terminal opened on this machine: ${program}`,
          details: { program },
        }),
      ),
    ...more,
  })
}
