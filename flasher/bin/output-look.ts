import { lookOf } from '../wizard/look.ts'
import type { Look } from '../wizard/look.ts'

/** What can be shown on standard output; what is read by another program is not cut to a window. */
export function outputLook(): Look {
  const { isTTY, columns, rows } = process.stdout
  const look = lookOf({ env: process.env, isTTY: isTTY === true, columns, rows, consoleIsUtf8: false })
  return { ...look, width: isTTY ? look.width : 1000, height: Infinity, colour: false }
}
