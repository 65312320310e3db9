import { existsSync } from 'node:fs'

/** For tests of terminals: npm leaves node-pty out where it cannot build it. */
export const NEEDS_PTY = {
  skip: existsSync('node_modules/node-pty') ? false : 'node-pty is not installed: no terminal to test',
}
