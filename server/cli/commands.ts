/** What `bty-console` does beside serving: each command is a file of its own, loaded when it is asked for. */
import type { Config } from '../config/keys.ts'

export interface CommandInput {
  /** Words after the command's name. */
  args: readonly string[]
  config: Config
  /** `--json`: print for a program. */
  json: boolean
  /** `--deep`: read everything, however long it takes. */
  deep?: boolean
  print: (line: string) => void
  printError: (line: string) => void
  /** Milliseconds since the epoch. */
  now: () => number
}

export interface Command {
  /** Words of the usage line, for example `export DEST`. */
  usage: string
  /** One line of the help. */
  summary: string
  /** Resolves with the exit code. What is thrown is printed as its message, exit code 1. */
  load(): Promise<{ run(input: CommandInput): Promise<number> }>
}

export const COMMANDS: Record<string, Command> = {
  backup: {
    usage: 'backup FILE',
    summary:
      'write everything that the console knows into one file; `backup FILE with-secrets` adds the password',
    load: () => import('./backup.ts'),
  },
  restore: {
    usage: 'restore FILE',
    summary: 'take such a file over; the present state is kept beside it',
    load: () => import('./restore.ts'),
  },
  export: {
    usage: 'export DEST',
    summary: 'write the hardware inventory of all machines into a folder',
    load: () => import('./export.ts'),
  },
  import: {
    usage: 'import SRC',
    summary: 'take such an inventory over',
    load: () => import('./import.ts'),
  },
  check: {
    usage: 'check',
    summary:
      'say what is wrong with the state directory, also of a running server; --deep reads files, --json',
    load: () => import('./check.ts'),
  },
  'show-config': {
    usage: 'show-config',
    summary: 'print every setting, its value and where that comes from; --json',
    load: () => import('./show-config.ts'),
  },
}
