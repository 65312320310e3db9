/** What the terminal in front of the person can do. */
export interface Look {
  /** Cells that a line may fill; one less than the terminal has, because some wrap after the last. */
  width: number
  /** Infinity where nothing scrolls out of sight. */
  height: number
  /** `cursor`: can overwrite. `dumb`: a terminal that cannot. `plain`: no terminal at all. */
  mode: 'cursor' | 'dumb' | 'plain'
  colour: boolean
  /** Box drawing and letters beyond ASCII. */
  unicode: boolean
}

export interface Facts {
  env: Record<string, string | undefined>
  isTTY: boolean
  columns?: number
  rows?: number
  /** Whether the Linux console decodes UTF-8: `/sys/module/vt/parameters/default_utf8` holds 1. */
  consoleIsUtf8: boolean
}

const WIDEST = 120
const NARROWEST = 20

/** `NO_COLOR` (no-color.org), `TERM`, the locale's variables in their order of weight (locale(7)). */
export function lookOf({ env, isTTY, columns, rows, consoleIsUtf8 }: Facts): Look {
  const term = env['TERM'] ?? ''
  const mode = !isTTY ? 'plain' : term === '' || term === 'dumb' ? 'dumb' : 'cursor'
  const monochrome = /^vt\d/.test(term) || Boolean(env['NO_COLOR'])
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const knowsUtf8 = term === 'linux' ? consoleIsUtf8 : !/^vt\d/.test(term)
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, (isTTY && columns ? columns : 80) - 1)),
    height: mode === 'plain' ? Infinity : Math.max(10, rows || 24),
    mode,
    colour: mode === 'cursor' && !monochrome,
    unicode: mode !== 'dumb' && knowsUtf8 && /utf-?8/i.test(locale),
  }
}
