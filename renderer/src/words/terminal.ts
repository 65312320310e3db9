/** Words of the page with the terminal. */
import type { TerminalProgram } from '../../../server/api/index.ts'

const programs: Record<TerminalProgram, { name: string; about: string }> = {
  wizard: {
    name: 'Flash wizard',
    about:
      'The bty command: asks for image and disk step by step, as on a machine that booted the live system.',
  },
  rights: {
    name: 'Rights for disks',
    about:
      'Asks for the password of sudo, so that the Flash page may write to drives. For systems that cannot ask in a window of their own.',
  },
  shell: {
    name: 'Shell',
    about: 'A command line on this laptop, as the user who runs the console.',
  },
}

export const terminalWords = {
  title: 'Terminal',
  about: 'Programs of this laptop, in this window. Whatever runs here ends when the window is closed.',
  noDesk: 'A terminal can only be opened from the console on the laptop itself.',
  noDeskNext: 'Open the link that the console printed when it started, on that machine.',
  programs,
  start: (program: TerminalProgram) => `Start ${programs[program].name.toLowerCase()}`,
  looking: 'Looking …',
  loading: 'The terminal is being loaded …',
  screen: (program: TerminalProgram) => `Terminal: ${programs[program].name}`,
  running: (program: TerminalProgram) => `${programs[program].name} is running.`,
  leave: 'Ctrl+F6 takes the keyboard out of the terminal.',
  close: 'End it',
  closed: 'The program was ended, with all that it had started.',
  ended: (exit: number, signal: string | null) =>
    exit === 0 && signal === null
      ? 'The program has ended.'
      : signal !== null && signal !== '0'
        ? `The program was ended by signal ${signal}.`
        : `The program ended with exit code ${exit}.`,
}
